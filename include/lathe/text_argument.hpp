// SPDX-License-Identifier: MIT
//
// What counts as text among the arguments of a log call, where its characters are, and how any
// argument is passed on.

#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#pragma GCC visibility push(default)

namespace lathe {

// Whether T is text, which is copied character by character.
template <class T>
inline constexpr bool is_text =
    std::is_same_v<T, std::string_view> || std::is_same_v<T, fmt::string_view> ||
    std::is_same_v<std::decay_t<T>, char*> || std::is_same_v<std::decay_t<T>, const char*>;
template <class Allocator>
inline constexpr bool is_text<std::basic_string<char, std::char_traits<char>, Allocator>> = true;

// Characters of a text argument. An array ends at its first NUL or at its end; a null pointer is
// "(null)".
template <class T>
struct TextArgument {
  static constexpr const char* kNull = "(null)";

  [[nodiscard]] static std::size_t size_bytes(const T& text) noexcept {
    if constexpr (std::is_array_v<T>) {
      return ::strnlen(text, sizeof(T));
    } else if constexpr (std::is_pointer_v<T>) {
      return std::strlen(text == nullptr ? kNull : text);
    } else {
      return text.size();
    }
  }

  [[nodiscard]] static const char* data(const T& text) noexcept {
    if constexpr (std::is_array_v<T>) {
      return text;
    } else if constexpr (std::is_pointer_v<T>) {
      return text == nullptr ? kNull : text;
    } else {
      return text.data();
    }
  }
};

template <class T>
inline constexpr bool is_plain_integer =
    std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char> &&
    !std::is_same_v<T, wchar_t> && !std::is_same_v<T, char8_t> && !std::is_same_v<T, char16_t> &&
    !std::is_same_v<T, char32_t> && sizeof(T) <= sizeof(std::uint64_t);

// How an argument is passed to the function that all calls with such arguments share. Integers are
// widened and text is a view, so that few kinds of calls remain; fmt writes both alike, whatever
// the format. By value where that takes no more than two registers.
template <class T>
[[nodiscard, gnu::always_inline]] inline decltype(auto) pass(const T& value) noexcept {
  if constexpr (is_text<T>) {
    return std::string_view(TextArgument<T>::data(value), TextArgument<T>::size_bytes(value));
  } else if constexpr (is_plain_integer<T>) {
    return static_cast<std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>>(value);
  } else if constexpr (std::is_null_pointer_v<T>) {
    return static_cast<const void*>(nullptr);  // compiled formats of fmt 9 take it for text
  } else if constexpr (std::is_trivially_copyable_v<T> && std::is_copy_constructible_v<T> &&
                       sizeof(T) <= 2 * sizeof(void*)) {
    return static_cast<T>(value);
  } else {
    return (value);  // a reference
  }
}
template <class T>
using Passed = decltype(pass(std::declval<const T&>()));

}  // namespace lathe

#pragma GCC visibility pop
