// SPDX-License-Identifier: MIT
//
// The kernel's clocks, and the CPU's counter where it can stand in for one.

#include "os/clock.hpp"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cassert>
#include <string_view>

#if defined(__x86_64__)
#include <cpuid.h>
#include <x86intrin.h>
#endif

#include "os/lasting.hpp"

namespace lathe {
namespace {

// Cannot fail with these clocks on any kernel that lathe supports: all it could say is EINVAL for
// an unknown clock.
std::int64_t read_clock_ns(clockid_t clock) noexcept {
  timespec now{};
  [[maybe_unused]] const int result = ::clock_gettime(clock, &now);
  assert(result == 0);
  return static_cast<std::int64_t>(now.tv_sec) * kNsPerSecond + now.tv_nsec;
}

#if defined(__x86_64__)

// The CPU promises one rate in every power state.
bool cpu_says_invariant() noexcept {
  constexpr unsigned kPowerManagementLeaf = 0x80000007U;
  constexpr unsigned kInvariantBit = 1U << 8;
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  if (__get_cpuid(kPowerManagementLeaf, &eax, &ebx, &ecx, &edx) == 0) return false;
  return (edx & kInvariantBit) != 0;
}

// The kernel compares the counters of all CPUs at boot and watches them after; it drops the
// counter as its clock source when they disagree. No file, no trust.
bool kernel_uses_counter() noexcept {
  const int file = ::open("/sys/devices/system/clocksource/clocksource0/current_clocksource",
                          O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  std::array<char, 64> text{};
  const ssize_t length = ::read(file, text.data(), text.size());
  const bool closed = ::close(file) == 0;
  if (length <= 0 || !closed) return false;
  return std::string_view(text.data(), static_cast<std::size_t>(length)) == "tsc\n";
}

bool find_counter_usable() noexcept { return cpu_says_invariant() && kernel_uses_counter(); }

// Without a fence: the CPU may read the counter a few instructions early, which is less than the
// time that the log call takes anyway.
std::uint64_t read_counter() noexcept { return __rdtsc(); }

#elif defined(__aarch64__)

// The architecture defines one counter of constant rate for all CPUs.
bool find_counter_usable() noexcept { return true; }

std::uint64_t read_counter() noexcept {
  std::uint64_t ticks = 0;
  asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
}

#else

bool find_counter_usable() noexcept { return false; }

std::uint64_t read_counter() noexcept {
  return static_cast<std::uint64_t>(read_clock_ns(CLOCK_MONOTONIC));
}

#endif

class SystemClock final : public Clock {
 public:
  [[nodiscard]] std::int64_t wall_ns() const noexcept override {
    return read_clock_ns(CLOCK_REALTIME);
  }

  [[nodiscard]] std::int64_t steady_ns() const noexcept override {
    return read_clock_ns(CLOCK_MONOTONIC);
  }

  [[nodiscard]] std::uint64_t stamp() const noexcept override {
    return counter_usable_ ? read_counter() : static_cast<std::uint64_t>(steady_ns());
  }

 private:
  // Constant after construction.
  const bool counter_usable_ = stamp_counter_usable();
};

}  // namespace

bool stamp_counter_usable() noexcept {
  static const bool usable = find_counter_usable();
  return usable;
}

const Clock& system_clock() noexcept {
  // Never destroyed: threads may log after static destructors have run.
  static Lasting<SystemClock> clock;
  return clock.get();
}

}  // namespace lathe
