// SPDX-License-Identifier: MIT

#include "tools/tick_clock.hpp"

#include <fstream>
#include <string>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace lathe::tools {
namespace {

// Long enough that the two readings at its ends, off by 100 ns at most, do not show.
constexpr std::chrono::milliseconds kCalibration{50};

// The same rule as the library has for its stamps: the CPU promises a constant rate, and the kernel
// trusts the counter enough to tell the time by it.
bool find_counter_usable() {
#if defined(__x86_64__)
  constexpr unsigned kPowerManagementLeaf = 0x80000007U;
  constexpr unsigned kInvariantBit = 1U << 8;
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  if (__get_cpuid(kPowerManagementLeaf, &eax, &ebx, &ecx, &edx) == 0 ||
      (edx & kInvariantBit) == 0) {
    return false;
  }
  std::ifstream file("/sys/devices/system/clocksource/clocksource0/current_clocksource");
  std::string name;
  return std::getline(file, name) && name == "tsc";
#elif defined(__aarch64__)
  return true;  // the architecture defines one counter of constant rate for all CPUs
#else
  return false;
#endif
}

}  // namespace

TickClock::TickClock() : uses_counter_(find_counter_usable()) {
  if (!uses_counter_) {
    return;
  }
  const Steady::time_point start = Steady::now();
  const std::uint64_t first = read();
  while (Steady::now() - start < kCalibration) {
  }
  const std::chrono::duration<double, std::nano> elapsed = Steady::now() - start;
  ns_per_tick_ = elapsed.count() / static_cast<double>(read() - first);
}

const char* TickClock::name() const noexcept {
  return uses_counter_ ? "the CPU's counter, fenced" : "the steady clock (no usable counter)";
}

}  // namespace lathe::tools
