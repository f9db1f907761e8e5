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

// Writes a message whose format has nothing but plain fields, as many as there are arguments, and
// is known at run time only. `bytes` are what argument_bytes() returned.
template <class... Args>
char* write_plain(char* out, std::string_view format,
                  const std::array<std::size_t, sizeof...(Args) + 1>& bytes,
                  const Args&... args) noexcept {
  const char* in = format.data();
  const char* const end = in + format.size();
  // By bytes: the pieces are short, and searching and copying them by calls takes longer.
  [[maybe_unused]] const auto skip_field = [&] {
    while (*in != '{') *out++ = *in++;
    in += 2;
  };
  [[maybe_unused]] std::size_t index = 0;
  ((skip_field(), out = write_argument(out, args, bytes[index++])), ...);
  while (in != end) *out++ = *in++;
  return out;
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
