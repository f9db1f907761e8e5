// SPDX-License-Identifier: MIT
//
// The processor's counter that stamps a record.

#pragma once

#include <cstdint>

namespace lathe {

// The bare counter, where the library has found that it runs evenly; 10 ns on the development
// machine, which is the floor of any stamped record. Not fenced: the CPU may read it a few
// instructions early or late.
[[nodiscard]] inline std::uint64_t read_stamp_counter() noexcept {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();  // without the header of all intrinsics
#elif defined(__aarch64__)
  std::uint64_t ticks;
  asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return ticks;
#else
  return 0;
#endif
}

}  // namespace lathe
