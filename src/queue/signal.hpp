// SPDX-License-Identifier: MIT
//
// WakeSignal: how a sleeping backend is woken, by those few who need it.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "os/futex.hpp"

namespace lathe {

// A backend sleeps with a time-out, so nobody has to wake it for a record. A producer wakes it when
// its queue is half full; flush, sync and the destructor do so, too.
//
//   awake ──wake()──► called        wait() then returns at once
//   awake ──wait()──► asleep ──wake()──► called
//
// All three states live in one word, so no wake is lost between a last look and falling asleep.
//
// Edges: W  R: wake()   A: wait(): what was written before wake() is seen after wait()
//
// Threads:   wake() any thread; wait() the backend thread only
// Cost:      wake() is an exchange, and a system call only if the backend sleeps
// Tested by: WakeSignalTest
class WakeSignal {
 public:
  void wake() noexcept {
    if (state_.exchange(kCalled, std::memory_order_acq_rel) == kAsleep) {  // R:W A:W
      futex_wake_one(state_);
    }
  }

  void wait(std::chrono::nanoseconds time_out) noexcept {
    std::uint32_t expected = kAwake;
    if (state_.compare_exchange_strong(expected, kAsleep, std::memory_order_acq_rel,  // R:W A:W
                                       std::memory_order_acquire)) {                  // A:W
      futex_wait(state_, kAsleep, time_out);
    }
    state_.exchange(kAwake, std::memory_order_acq_rel);  // R:W A:W
  }

 private:
  static constexpr std::uint32_t kAwake = 0;
  static constexpr std::uint32_t kCalled = 1;
  static constexpr std::uint32_t kAsleep = 2;

  std::atomic<std::uint32_t> state_{kAwake};
};

}  // namespace lathe
