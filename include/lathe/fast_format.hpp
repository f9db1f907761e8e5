// SPDX-License-Identifier: MIT
//
// A short way for the usual log call: a literal format whose fields are all plain "{}", with
// integers, doubles and text. It yields what fmt yields, byte for byte, in half the time; every
// other call goes to fmt. Programs name nothing of this.

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
#include <utility>

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

inline char* write_unsigned(char* out, std::uint64_t value) noexcept {
  static constexpr char kPairs[] =
      "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445"
      "46474849505152535455565758596061626364656667686970717273747576777879808182838485868788899091"
      "9293949596979899";
  std::array<char, kNumberBytesMax> digits;
  char* begin = digits.data() + digits.size();
  while (value >= 100) {
    begin -= 2;
    std::memcpy(begin, kPairs + value % 100 * 2, 2);
    value /= 100;
  }
  if (value >= 10) {
    begin -= 2;
    std::memcpy(begin, kPairs + value * 2, 2);
  } else {
    *--begin = static_cast<char>('0' + value);
  }
  // A copy of constant size is two moves; the bytes behind the number are overwritten later.
  const auto length = static_cast<std::size_t>(digits.data() + digits.size() - begin);
  std::memcpy(out, begin, length);
  return out + length;
}

template <class T>
inline constexpr bool is_plain_integer =
    std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char> &&
    !std::is_same_v<T, wchar_t> && !std::is_same_v<T, char8_t> && !std::is_same_v<T, char16_t> &&
    !std::is_same_v<T, char32_t> && sizeof(T) <= sizeof(std::uint64_t);

template <class T>
inline constexpr bool is_fast_argument =
    is_plain_integer<T> || std::is_same_v<T, double> || is_text<T>;

// Number of "{}" in `format`, or SIZE_MAX if it has any other brace.
constexpr std::size_t count_plain_fields(std::string_view format) noexcept {
  std::size_t count = 0;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] == '{' && i + 1 < format.size() && format[i + 1] == '}') {
      ++count;
      ++i;
    } else if (format[i] == '{' || format[i] == '}') {
      return SIZE_MAX;
    }
  }
  return count;
}

// The text in front of field `index`, or behind the last one.
constexpr std::string_view literal_before(std::string_view format, std::size_t index) noexcept {
  std::size_t begin = 0;
  for (; index > 0; --index) {
    begin = format.find("{}", begin) + 2;
  }
  return format.substr(begin, format.find("{}", begin) - begin);
}

template <class Format>
struct FormatText {
  static constexpr fmt::string_view kView{Format{}};
  static constexpr std::string_view kText{kView.data(), kView.size()};
  static constexpr std::size_t kFields = count_plain_fields(kText);
  static constexpr std::size_t kLiteralBytes = kFields == SIZE_MAX ? 0 : kText.size() - 2 * kFields;
};

// True if this call may go the short way. A wrong number of arguments is left to fmt, to complain.
template <class Format, class... Args>
inline constexpr bool is_fast_call = FormatText<Format>::kFields == sizeof...(Args) &&
                                     (is_fast_argument<Args> && ...);

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

// Writes the whole message; `bytes` are what argument_bytes() returned.
template <class Format, class... Args>
char* write_fast(char* out, const std::array<std::size_t, sizeof...(Args) + 1>& bytes,
                 const Args&... args) noexcept {
  constexpr std::string_view kText = FormatText<Format>::kText;
  const auto write_literal = [&]<std::size_t kIndex>() {
    constexpr std::string_view kLiteral = literal_before(kText, kIndex);
    if constexpr (!kLiteral.empty()) {
      std::memcpy(out, kLiteral.data(), kLiteral.size());
      out += kLiteral.size();
    }
  };
  [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
    ((write_literal.template operator()<kIndex>(), out = write_argument(out, args, bytes[kIndex])),
     ...);
    write_literal.template operator()<sizeof...(Args)>();
  }
  (std::index_sequence_for<Args...>{});
  return out;
}

}  // namespace lathe

#pragma GCC visibility pop
