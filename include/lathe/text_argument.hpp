// SPDX-License-Identifier: MIT
//
// What counts as text among the arguments of a log call, and where its characters are.

#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

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

}  // namespace lathe

#pragma GCC visibility pop
