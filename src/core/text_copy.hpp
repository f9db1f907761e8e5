// SPDX-License-Identifier: MIT
//
// Short copies and digits for the renderer, inline because each of them takes a nanosecond or two.
// All trust their caller for room.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <lathe/fast_format.hpp>

namespace lathe {

// Copies `size` bytes in whole blocks: up to kBlockBytes, and at least one, are read and written
// beyond what was asked for. A copy of known size takes no branch, and one block is mostly enough.
template <std::size_t kBlockBytes>
char* copy_padded(const char* from, std::size_t size, char* out) noexcept {
  std::memcpy(out, from, kBlockBytes);
  for (std::size_t i = kBlockBytes; i < size; i += kBlockBytes) {
    std::memcpy(out + i, from + i, kBlockBytes);
  }
  return out + size;
}

// Writes a number below 100 as two digits.
inline void write_pair(std::uint32_t value, char* out) noexcept {
  std::memcpy(out, kDigitPairs.data() + 2 * std::size_t{value}, 2);
}

// Writes the first `digits` digits (3, 6 or 9) of a fraction of a second.
inline void write_fraction(std::uint32_t nanoseconds, std::uint32_t digits, char* out) noexcept {
  if (digits == 6) {
    const std::uint32_t micros = nanoseconds / 1000;
    write_pair(micros / 10'000, out);
    write_pair(micros / 100 % 100, out + 2);
    write_pair(micros % 100, out + 4);
    return;
  }
  out[0] = static_cast<char>('0' + nanoseconds / 100'000'000);
  write_pair(nanoseconds / 1'000'000 % 100, out + 1);
  if (digits == 3) return;
  write_pair(nanoseconds / 10'000 % 100, out + 3);
  write_pair(nanoseconds / 100 % 100, out + 5);
  write_pair(nanoseconds % 100, out + 7);
}

}  // namespace lathe
