// SPDX-License-Identifier: MIT
//
// The clock of the latency tables, and the means to hold a thread in place.

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace lathe::bench {

// The cheapest clock there is: what a stamped record cannot be faster than.
inline std::uint64_t ticks() noexcept {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  std::uint64_t value;
  asm volatile("mrs %0, cntvct_el0" : "=r"(value));
  return value;
#else
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

// Nanoseconds of one tick, measured against the steady clock for 50 ms.
[[nodiscard]] double measure_tick_ns();

// CPUs of the environment variable LATHE_BENCH_CPUS, such as "0,1": the first is for the thread
// that logs, the second for the logger's I/O thread. Empty: nothing is pinned.
[[nodiscard]] const std::vector<unsigned>& bench_cpus();

// Pins the calling thread to the first of them. Threads made later would inherit that: call it
// when the logger's own threads exist.
void pin_producer();
// The same for the second of them.
void pin_backend();

}  // namespace lathe::bench
