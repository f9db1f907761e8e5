// SPDX-License-Identifier: MIT
//
// The loop that times calls on one thread, and the times at which they are due. Does not know what
// is called.

#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include <lathe/histogram.hpp>

#include "tools/latency_calls.hpp"
#include "tools/tick_clock.hpp"

namespace lathe::tools {

// When one thread's shots (a call, or a batch) are due, in ticks of the clock. Open loop: a shot is
// due at its time however late the one before it was, so a thread that was held up has its waiting
// in the numbers instead of skipping it.
struct Schedule {
  std::uint64_t start = 0;     // of the first shot
  double interval = 0;         // between two; zero: each follows the one before it, flat out
  std::uint64_t shots = 0;     // at most
  std::uint64_t end = 0;       // no shot is due from here on
  std::uint64_t cut_off = 0;   // none begins from here on, not even one that was due before
  std::uint64_t sleep_to = 0;  // before a shot: sleeps until so many ticks before it, then looks
  bool gives_way = false;      // more threads than CPUs: looks, and lets others run between looks

  [[nodiscard]] bool is_paced() const noexcept { return interval > 0; }
  [[nodiscard]] std::uint64_t due(std::uint64_t shot) const noexcept {
    return start + static_cast<std::uint64_t>(static_cast<double>(shot) * interval);
  }
};

// What one thread finds out. Made before the clock starts, by the thread itself, so that recording
// touches memory that is there already. Aligned so that no thread writes into the lines of another.
struct alignas(128) Tally {
  Histogram service;   // in ticks, of a whole shot
  Histogram response;  // in ticks times the calls of a shot
  std::uint64_t shots = 0;
  std::uint64_t ended = 0;  // in ticks
  int error = 0;            // errno of what kept the thread from running as asked
  // relaxed: how far it is, for the progress line; no data hangs on it
  std::atomic<std::uint64_t> progress{0};
};

// A thread that waits sleeps at most this long at a time, and sees then that it is asked to stop.
inline constexpr std::chrono::milliseconds kNapMax{100};

// Waits until `due`. Returns false if it is asked to stop.
inline bool await(std::uint64_t due, const Schedule& schedule, const TickClock& clock,
                  const std::atomic<bool>& stop) {
  for (;;) {
    const std::uint64_t now = clock.read();
    if (now >= due) {
      return true;
    }
    if (stop.load(std::memory_order_relaxed)) {  // a request: a moment later does as well
      return false;
    }
    // Sleeping ends late by the kernel's timer slack and the time to wake a CPU up; so it ends
    // early, and the rest is spent looking.
    if (due - now > 2 * schedule.sleep_to) {
      const double left_ns =
          static_cast<double>(due - now - schedule.sleep_to) * clock.ns_per_tick();
      const std::chrono::nanoseconds nap(static_cast<std::int64_t>(left_ns));
      std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(nap, kNapMax));
    } else if (schedule.gives_way) {
      std::this_thread::yield();
    }
  }
}

// Times shots of `Calls` calls each, numbered from `first_call` on.
template <std::uint64_t Calls, class Call>
[[gnu::noinline]] void time_shots(const Call& call, std::uint64_t first_call,
                                  const Schedule& schedule, TickClock clock,
                                  const std::atomic<bool>& stop, Tally& tally) {
  std::uint64_t shot = 0;
  (void)await(schedule.start, schedule, clock, stop);
  for (; shot < schedule.shots; ++shot) {
    const std::uint64_t due = schedule.is_paced() ? schedule.due(shot) : 0;
    if (schedule.is_paced() && (due >= schedule.end || !await(due, schedule, clock, stop))) {
      break;
    }
    const std::uint64_t first = first_call + shot * Calls;
    const double value = value_of(first);
    const std::uint64_t start = clock.read();
    for (std::uint64_t i = 0; i < Calls; ++i) {
      call(first + i, value);
    }
    const std::uint64_t end = clock.read();
    tally.service.record(end - start);
    if (schedule.is_paced()) {
      // A batch that begins late makes each of its calls late.
      tally.response.record((start - due) * Calls + (end - start));
    }
    tally.progress.store(shot + 1, std::memory_order_relaxed);              // see Tally
    if (end >= schedule.cut_off || stop.load(std::memory_order_relaxed)) {  // a request, as above
      ++shot;
      break;
    }
  }
  tally.shots = shot;
  tally.ended = clock.read();
}

}  // namespace lathe::tools
