// SPDX-License-Identifier: MIT
//
// The log call alone. The backend is driven by hand while the clock stands, so that neither a full
// queue nor another thread is measured. Means only: percentiles are lathe_bench's job.

#include <benchmark/benchmark.h>
#include <lathe/lathe.hpp>

#include <memory>
#include <string>
#include <thread>

#include "null_sink.hpp"
#include "ticks.hpp"

namespace lathe::bench {
namespace {

// Calls between two drains: at most about 100 bytes each, so they fit into 256 KiB.
constexpr int kCalls = 1000;

struct Fixture {
  Backend backend{BackendOptions{.thread = BackendThread::manual}, std::make_unique<NullSink>()};
  Logger log = backend.logger("bench");

  void drain() {
    while (backend.step()) {
    }
  }
};

// Times kCalls calls at a time, drains between them.
template <class Call>
void measure(benchmark::State& state, const Call& call) {
  Fixture fixture;
  call(fixture.log, 0, 0.5);  // makes the queue
  fixture.drain();
  for ([[maybe_unused]] auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kCalls; ++i) {
      call(fixture.log, i, static_cast<double>(i) / 2);
    }
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    state.SetIterationTime(elapsed.count());
    fixture.drain();
  }
  state.counters["call"] = benchmark::Counter(
      kCalls, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

// What a stamped record cannot be faster than.
void EnqueueClockRead(benchmark::State& state) {
  measure(state, [](Logger, int, double) { benchmark::DoNotOptimize(ticks()); });
}
BENCHMARK(EnqueueClockRead)->UseManualTime();

void EnqueueDisabledLevel(benchmark::State& state) {
  measure(state, [](Logger log, int i, double v) {
    benchmark::ClobberMemory();  // or the level would be read once for all calls
    LATHE_DEBUG(log, "Iteration: {} int: {} double: {}", i, i * 2, v);
  });
}
BENCHMARK(EnqueueDisabledLevel)->UseManualTime();

void EnqueueInfoThreeArguments(benchmark::State& state) {
  measure(state, [](Logger log, int i, double v) {
    LATHE_INFO(log, "Iteration: {} int: {} double: {}", i, i * 2, v);
  });
}
BENCHMARK(EnqueueInfoThreeArguments)->UseManualTime();

void EnqueueFunctionThreeArguments(benchmark::State& state) {
  measure(state, [](Logger log, int i, double v) {
    log.info("Iteration: {} int: {} double: {}", i, i * 2, v);
  });
}
BENCHMARK(EnqueueFunctionThreeArguments)->UseManualTime();

void EnqueueDeferredThreeArguments(benchmark::State& state) {
  measure(state, [](Logger log, int i, double v) {
    LATHE_INFO(log.deferred(), "Iteration: {} int: {} double: {}", i, i * 2, v);
  });
}
BENCHMARK(EnqueueDeferredThreeArguments)->UseManualTime();

void EnqueueInfoString(benchmark::State& state) {
  const std::string text(static_cast<std::size_t>(state.range(0)), 'x');
  measure(state, [&](Logger log, int, double) { LATHE_INFO(log, "{}", text); });
}
BENCHMARK(EnqueueInfoString)->ArgName("text_bytes")->Arg(8)->Arg(64)->Arg(180)->UseManualTime();

void EnqueueDeferredString(benchmark::State& state) {
  const std::string text(static_cast<std::size_t>(state.range(0)), 'x');
  measure(state, [&](Logger log, int, double) { LATHE_INFO(log.deferred(), "{}", text); });
}
BENCHMARK(EnqueueDeferredString)->ArgName("text_bytes")->Arg(8)->Arg(64)->Arg(180)->UseManualTime();

// A thread's first call makes its queue; the thread itself is not counted.
void EnqueueFirstCallOfAThread(benchmark::State& state) {
  Fixture fixture;
  for ([[maybe_unused]] auto _ : state) {
    std::thread([&] {
      const auto start = std::chrono::steady_clock::now();
      LATHE_INFO(fixture.log, "first");
      const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
      state.SetIterationTime(elapsed.count());
    }).join();
    fixture.drain();
  }
}
BENCHMARK(EnqueueFirstCallOfAThread)->UseManualTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace lathe::bench
