// SPDX-License-Identifier: MIT
//
// The threads of one measurement: ready, all at once, done. Does not know what they log.

#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tools/latency_loop.hpp"
#include "tools/latency_plan.hpp"
#include "tools/latency_report.hpp"
#include "tools/monitor.hpp"
#include "tools/tick_clock.hpp"

namespace lathe::tools {

// Calls of each thread before its clock starts: they make its queue, register the place, and bring
// code and memory into the caches. Whole batches, so that batches stay whole.
inline constexpr std::uint64_t kWarmUpCalls = kBatchCalls;

// How one measurement goes.
struct CrewOptions {
  unsigned threads;
  std::uint64_t calls_per_shot;
  std::uint64_t rate_per_s;  // of all threads together; zero: flat out
  std::string label;         // for the progress line
};

// Threads:   made and run on one thread; work() is called by its threads
// Errors:    std::system_error if a thread cannot be started; those that were are ended
// Tested by: latency_test.py
class Crew {
 public:
  Crew(const LatencyPlan& plan, const TickClock& clock, Monitor& monitor, CrewOptions options);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  // Starts the threads, each of which calls `body` with its number; calls `warmed` when all are
  // ready, lets them go, and returns when all are done.
  void run(const std::function<void(unsigned)>& body, const std::function<void()>& warmed);

  // What a body does: warms `call` up, waits for the others, and times it.
  template <std::uint64_t Calls, class Call>
  void work(unsigned thread, const Call& call) {
    for (std::uint64_t i = 0; i < kWarmUpCalls; ++i) {
      call(i, value_of(i));
    }
    const Schedule schedule = await_start(thread);
    time_shots<Calls>(call, kWarmUpCalls, schedule, clock_, stop_, *tallies_[thread]);
  }

  // After run().
  [[nodiscard]] Timing timing() const;
  [[nodiscard]] std::vector<std::uint64_t> calls() const;  // of each thread, with the first ones
  [[nodiscard]] double calls_per_s() const;
  [[nodiscard]] std::uint64_t started() const { return start_; }  // in ticks
  [[nodiscard]] int error() const;  // errno of the first thread that could not be pinned; 0: none

 private:
  void pin(unsigned thread);
  [[nodiscard]] Schedule await_start(unsigned thread);
  [[nodiscard]] Schedule schedule_of(unsigned thread) const;
  void watch_until(const std::function<bool()>& done);
  void show_progress();

  const LatencyPlan& plan_;
  const TickClock clock_;
  Monitor& monitor_;
  const CrewOptions options_;
  std::vector<std::unique_ptr<Tally>> tallies_;
  // relaxed: a request to end soon; no data hangs on it
  std::atomic<bool> stop_{false};
  std::uint64_t progress_ = 0;  // as last seen

  std::mutex mutex_;
  std::condition_variable changed_;
  // Under mutex_.
  unsigned ready_ = 0;
  unsigned finished_ = 0;
  bool is_open_ = false;
  std::uint64_t start_ = 0;  // in ticks; set before is_open_

  std::vector<std::thread> threads_;
};

}  // namespace lathe::tools
