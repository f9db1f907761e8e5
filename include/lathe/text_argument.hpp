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

template <class T, class U = std::remove_cv_t<T>>
inline constexpr bool is_plain_integer =
    std::is_integral_v<U> && !std::is_same_v<U, bool> && !std::is_same_v<U, char> &&
    !std::is_same_v<U, wchar_t> && !std::is_same_v<U, char8_t> && !std::is_same_v<U, char16_t> &&
    !std::is_same_v<U, char32_t> && sizeof(U) <= sizeof(std::uint64_t);

// How an argument is passed to the function that all calls with such arguments share. Integers are
// widened and text is a view, so that few kinds of calls remain; fmt writes both alike, whatever
// the format. Objects of classes are passed by reference: their formatters may look at more than a
// copy would have.
template <class T>
[[nodiscard, gnu::always_inline]] inline decltype(auto) pass_argument(const T& value) noexcept {
  if constexpr (is_text<T>) {
    return std::string_view(TextArgument<T>::data(value), TextArgument<T>::size_bytes(value));
  } else if constexpr (is_plain_integer<T>) {
    return static_cast<std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>>(value);
  } else if constexpr (std::is_null_pointer_v<T>) {
    return static_cast<const void*>(nullptr);  // compiled formats of fmt 9 take it for text
  } else if constexpr (std::is_same_v<T, bool>) {
    // One that was never set may be any byte; what is written depends on its being 0 or 1.
    unsigned char byte;
    std::memcpy(&byte, &value, sizeof(byte));
    return byte != 0;
  } else if constexpr (std::is_scalar_v<T>) {
    return static_cast<std::remove_cv_t<T>>(value);
  } else {
    return (value);  // a reference
  }
}
template <class T>
using Passed = decltype(lathe::pass_argument(std::declval<const T&>()));

}  // namespace lathe

#pragma GCC visibility pop
