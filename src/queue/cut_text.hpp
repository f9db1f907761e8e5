// SPDX-License-Identifier: MIT
//
// What becomes of a message that is longer than record_bytes_max.

#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace lathe {

// The longest prefix of at most `bytes_max` bytes that does not cut a UTF-8 sequence in two.
[[nodiscard]] inline std::string_view cut_utf8(std::string_view text,
                                               std::size_t bytes_max) noexcept {
  std::size_t end = std::min(text.size(), bytes_max);
  constexpr std::size_t kContinuationBytesMax = 3;
  for (std::size_t i = 0; i < kContinuationBytesMax && end > 0 && end < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U) {
      break;
    }
    --end;
  }
  return text.substr(0, end);
}

// Ends a message that was cut.
[[nodiscard]] inline std::string cut_note(std::size_t missing_bytes) {
  return fmt::format(" [lathe: {} bytes cut]", missing_bytes);
}

}  // namespace lathe
