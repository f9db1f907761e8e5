// SPDX-License-Identifier: MIT
//
// From the queues to a sink: collect, merge, decode. Filling the queues is not timed.

#include <benchmark/benchmark.h>
#include <lathe/lathe.hpp>

#include <barrier>
#include <memory>
#include <thread>
#include <vector>

#include "null_sink.hpp"

namespace lathe::bench {
namespace {

constexpr int kRecords = 2000;  // of each producer; they fit into 256 KiB

// Threads that log kRecords each whenever they are told to.
class Producers {
 public:
  Producers(Logger log, int count, bool deferred) : gate_(count + 1) {
    for (int i = 0; i < count; ++i) {
      threads_.emplace_back([this, log, deferred] { run(log, deferred); });
    }
  }
  ~Producers() {
    stop_ = true;  // seen after the barrier
    gate_.arrive_and_wait();
    for (std::thread& thread : threads_) {
      thread.join();
    }
  }
  Producers(const Producers&) = delete;
  Producers& operator=(const Producers&) = delete;

  void fill() {
    gate_.arrive_and_wait();  // go
    gate_.arrive_and_wait();  // done
  }

 private:
  void run(Logger log, bool deferred) {
    for (;;) {
      gate_.arrive_and_wait();
      if (stop_) {
        return;
      }
      for (int i = 0; i < kRecords; ++i) {
        if (deferred) {
          LATHE_INFO(log.deferred(), "Iteration: {} int: {} double: {}", i, i * 2, i / 2.0);
        } else {
          LATHE_INFO(log, "Iteration: {} int: {} double: {}", i, i * 2, i / 2.0);
        }
      }
      gate_.arrive_and_wait();
    }
  }

  std::barrier<> gate_;
  bool stop_ = false;  // ordered by the barrier
  std::vector<std::thread> threads_;
};

void measure(benchmark::State& state, std::unique_ptr<Sink> sink, bool deferred) {
  const auto producer_count = static_cast<int>(state.range(0));
  // Without a window, because no producer logs while the clock runs.
  Backend backend({.thread = BackendThread::manual, .order_window = std::chrono::nanoseconds(0)},
                  std::move(sink));
  Producers producers(backend.logger("bench"), producer_count, deferred);
  for ([[maybe_unused]] auto _ : state) {
    producers.fill();
    const auto start = std::chrono::steady_clock::now();
    while (backend.step()) {
    }
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    state.SetIterationTime(elapsed.count());
  }
  state.SetItemsProcessed(state.iterations() * kRecords * producer_count);
}

void DrainText(benchmark::State& state) { measure(state, std::make_unique<NullSink>(), false); }
BENCHMARK(DrainText)->ArgName("threads")->Arg(1)->Arg(4)->UseManualTime();

void DrainDeferred(benchmark::State& state) { measure(state, std::make_unique<NullSink>(), true); }
BENCHMARK(DrainDeferred)->ArgName("threads")->Arg(1)->Arg(4)->UseManualTime();

}  // namespace
}  // namespace lathe::bench
