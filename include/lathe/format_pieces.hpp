// SPDX-License-Identifier: MIT
//
// A format string as a log call writes it: split at its fields, once, as data. So all calls with
// the same kinds of arguments share one function. Programs name nothing of this.

#pragma once

#include <fmt/core.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#pragma GCC visibility push(default)

namespace lathe {

// The literals between the fields of a format, if all its fields are plain "{}".
struct FormatPieces {
  // More fields than log calls have; with a byte for each literal, the whole is half a cache line.
  static constexpr std::size_t kFieldsMax = 16;
  static constexpr std::size_t kLiteralBytesMax = UINT8_MAX;
  // Literals are copied by blocks of this size: so many bytes behind the text may be read, and
  // behind the message may be written.
  static constexpr std::size_t kBlockBytes = 16;
  static constexpr std::uint8_t kNotPlain = UINT8_MAX;

  const char* text = nullptr;  // followed by kBlockBytes bytes of any kind
  std::uint32_t text_bytes = 0;
  std::uint16_t literal_bytes = 0;  // of all together
  std::uint8_t fields = kNotPlain;  // kNotPlain: fmt has to look at it
  std::array<std::uint8_t, kFieldsMax + 1> lengths{};

  [[nodiscard]] constexpr fmt::string_view view() const noexcept { return {text, text_bytes}; }
};
static_assert(sizeof(FormatPieces) == 32);

// `text` as in FormatPieces, which refers to it.
constexpr FormatPieces split_format(const char* text, std::size_t bytes) noexcept {
  FormatPieces pieces{.text = text, .text_bytes = static_cast<std::uint32_t>(bytes)};
  FormatPieces plain = pieces;
  plain.fields = 0;
  std::size_t length = 0;
  for (std::size_t i = 0; i <= bytes; ++i) {
    const bool is_end = i == bytes;
    const bool is_field = !is_end && text[i] == '{' && i + 1 < bytes && text[i + 1] == '}';
    if (!is_end && !is_field) {
      if (text[i] == '{' || text[i] == '}' || ++length > FormatPieces::kLiteralBytesMax) {
        return pieces;
      }
      continue;
    }
    plain.lengths[plain.fields] = static_cast<std::uint8_t>(length);
    plain.literal_bytes = static_cast<std::uint16_t>(plain.literal_bytes + length);
    length = 0;
    if (is_field) {
      if (plain.fields == FormatPieces::kFieldsMax) return pieces;
      ++plain.fields;
      ++i;
    }
  }
  return plain;
}

// Copies a literal in whole blocks: in one, as a rule, without a branch on its length.
inline char* copy_literal(char* out, const char* literal, std::size_t bytes) noexcept {
  constexpr std::size_t kBlock = FormatPieces::kBlockBytes;
  std::memcpy(out, literal, kBlock);
  if (bytes > kBlock) [[unlikely]] {
    for (std::size_t at = kBlock; at < bytes; at += kBlock) {
      std::memcpy(out + at, literal + at, kBlock);
    }
  }
  return out + bytes;
}

}  // namespace lathe

#pragma GCC visibility pop
