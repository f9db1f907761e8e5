// SPDX-License-Identifier: MIT
//
// The clock that calls are measured with: the CPU's counter, read so that what is measured neither
// begins before the first reading nor ends after the second.

#pragma once

#include <chrono>
#include <cstdint>

namespace lathe::tools {

// Threads:   thread-safe after construction; copy it for a thread of its own
// Cost:      read() takes 20 to 40 ns on x86-64, most of it the fences: hence the empty measurement
//            that stands beside every result
// Tested by: TickClockTest
class TickClock {
 public:
  // Compares the counter with the steady clock, which takes 50 ms.
  TickClock();

  // The counter; where it may not be trusted, nanoseconds of the steady clock.
  [[nodiscard]] std::uint64_t read() const noexcept {
#if defined(__x86_64__)
    if (uses_counter_) [[likely]] {
      // lfence waits until all instructions before it are done, and lets none after it begin. The
      // same at both ends, so that the empty measurement is of just these instructions. Stores may
      // still be on their way to the cache: what they cost is paid by later instructions.
      __builtin_ia32_lfence();
      const std::uint64_t ticks = __builtin_ia32_rdtsc();
      __builtin_ia32_lfence();
      return ticks;
    }
#elif defined(__aarch64__)
    if (uses_counter_) [[likely]] {
      std::uint64_t ticks = 0;
      asm volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(ticks) : : "memory");
      return ticks;
    }
#endif
    return static_cast<std::uint64_t>(std::chrono::nanoseconds(Steady::now().time_since_epoch()) /
                                      std::chrono::nanoseconds(1));
  }

  [[nodiscard]] double ns_per_tick() const noexcept { return ns_per_tick_; }
  [[nodiscard]] double ticks_of(std::chrono::nanoseconds duration) const noexcept {
    return static_cast<double>(duration.count()) / ns_per_tick_;
  }
  [[nodiscard]] const char* name() const noexcept;

 private:
  using Steady = std::chrono::steady_clock;

  bool uses_counter_;
  double ns_per_tick_ = 1;
};

}  // namespace lathe::tools
