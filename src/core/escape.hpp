// SPDX-License-Identifier: MIT
//
// One record is one line: how control characters in text are written.
// \n, \r and \t as these two characters, any other byte below 0x20 and 0x7f as \xNN (lower-case
// hexadecimal). A backslash and every byte from 0x80 up stay as they are, hence UTF-8 does.

#pragma once

#include <cstddef>
#include <string_view>

namespace lathe {

// Most bytes that one byte becomes.
inline constexpr std::size_t kEscapeFactor = 4;

// Returns true for the bytes that are escaped.
[[nodiscard]] constexpr bool is_control(char c) noexcept {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// Copies `text` to `out`, escaped, and returns the end. Writes no further than
// kEscapeFactor * text.size() bytes, and for clean text no further than text.size().
//
// Cost: 16 bytes at a time through text without control characters, copying as it looks
// Tested by: EscapeTest
char* copy_escaped(std::string_view text, char* out) noexcept;

}  // namespace lathe
