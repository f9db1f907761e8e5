// SPDX-License-Identifier: MIT
//
// A short way for the usual log call: a literal format whose fields are all plain "{}", with
// integers, doubles, bools, characters and text. It yields what fmt yields, byte for byte, in half
// the time; every other call goes to fmt. Programs name nothing of this.

#pragma once

#include <fmt/compile.h>

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include <lathe/format_pieces.hpp>
#include <lathe/text_argument.hpp>

#pragma GCC visibility push(default)

namespace lathe {

// Longest that an integer or a double gets: "-9223372036854775808" has 20 bytes, a double at most
// 24 ("-1.2345678901234567e-308").
inline constexpr std::size_t kNumberBytesMax = 24;

// Writes `value` as fmt writes "{}"; returns the end. Needs kNumberBytesMax bytes.
//
// Tested by: FastFormatTest
char* write_double(char* out, double value) noexcept;

// "00", "01" and so on to "99".
inline constexpr std::array<char, 200> kDigitPairs = [] {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

// The powers of ten, but for 10^0, which would make 0 a number of no digits.
inline constexpr std::array<std::uint64_t, 20> kPowersOfTen = [] {
  std::array<std::uint64_t, 20> powers{0, 10};
  for (std::size_t i = 2; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

constexpr std::size_t count_digits(std::uint64_t value) noexcept {
  // 1233 / 2^12 is log10(2), near enough for 64 bits.
  const auto about = static_cast<std::size_t>(std::bit_width(value | 1)) * 1233 >> 12;
  return about + (value >= kPowersOfTen[about] ? 1 : 0);
}

inline char* write_unsigned(char* out, std::uint64_t value) noexcept {
  // Counted first and written where they belong: digits that were copied there at once would have
  // to wait in the processor's store buffer.
  char* const end = out + count_digits(value);
  char* place = end;
  while (value >= 100) {
    place -= 2;
    std::memcpy(place, kDigitPairs.data() + value % 100 * 2, 2);
    value /= 100;
  }
  if (value >= 10) {
    std::memcpy(place - 2, kDigitPairs.data() + value * 2, 2);
  } else {
    place[-1] = static_cast<char>('0' + value);
  }
  return end;
}

template <class T, class U = std::remove_cv_t<T>>
inline constexpr bool is_fast_argument =
    is_plain_integer<U> || std::is_same_v<U, double> || std::is_same_v<U, bool> ||
    std::is_same_v<U, char> || is_text<U>;

// Bytes of one argument at most. Text: exactly; taken once, since it may change under our hands.
template <class T>
[[nodiscard]] std::size_t argument_bytes(const T& value) noexcept {
  if constexpr (is_text<T>) {
    return TextArgument<T>::size_bytes(value);
  } else {
    return kNumberBytesMax;
  }
}

template <class T>
char* write_argument(char* out, const T& value, [[maybe_unused]] std::size_t bytes) noexcept {
  if constexpr (is_text<T>) {
    if (bytes != 0) {
      std::memcpy(out, TextArgument<T>::data(value), bytes);
    }
    return out + bytes;
  } else if constexpr (std::is_same_v<T, double>) {
    return write_double(out, value);
  } else if constexpr (std::is_same_v<T, bool>) {
    std::memcpy(out, value ? "true" : "false", sizeof("true"));  // with its NUL as long as "false"
    return out + (value ? 4 : 5);
  } else if constexpr (std::is_same_v<T, char>) {
    *out = value;
    return out + 1;
  } else if constexpr (std::is_signed_v<T>) {
    const auto wide = static_cast<std::int64_t>(value);
    const bool negative = wide < 0;
    *out = '-';
    return write_unsigned(out + (negative ? 1 : 0), negative ? 0 - static_cast<std::uint64_t>(wide)
                                                             : static_cast<std::uint64_t>(wide));
  } else {
    return write_unsigned(out, value);
  }
}

// Writes a message whose format has as many plain fields as there are arguments. `bytes` are what
// argument_bytes() returned. Needs FormatPieces::kBlockBytes bytes more.
template <class... Args>
[[gnu::always_inline]] inline char* write_pieces(
    char* out, const FormatPieces& format,
    const std::array<std::size_t, sizeof...(Args) + 1>& bytes, const Args&... args) noexcept {
  const char* literal = format.text;
  std::size_t index = 0;
  [[maybe_unused]] const auto write_one = [&](const auto& value) {
    const std::size_t length = format.lengths[index];
    out = write_argument(copy_literal(out, literal, length), value, bytes[index]);
    literal += length + 2;  // and the field
    ++index;
  };
  (write_one(args), ...);
  return copy_literal(out, literal, format.lengths[index]);
}

}  // namespace lathe

#pragma GCC visibility pop
