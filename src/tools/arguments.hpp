// SPDX-License-Identifier: MIT
//
// Texts of command line options -> values: sizes, counts, durations, modes. Pure. Does not
// know the options themselves (*_verb.cpp).

#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lathe::tools {

// A text that an option cannot use. what() is one line that starts with the option's name and
// quotes the text.
class ArgumentError : public std::invalid_argument {
 public:
  ArgumentError(std::string_view option, std::string_view text, std::string_view reason);
};

// "4096", "16K", "64M", "1G": bytes, in powers of 1024; either case. At least 1.
[[nodiscard]] std::uint64_t parse_size(std::string_view option, std::string_view text);

// Bytes of a thread's queue: a size that is a power of two from 4K to 1G.
[[nodiscard]] std::uint64_t parse_queue_size(std::string_view option, std::string_view text);

// A decimal number, at least 1.
[[nodiscard]] std::uint64_t parse_count(std::string_view option, std::string_view text);

// "250ms", "1s", "5m", "1h", "7d": more than zero.
[[nodiscard]] std::chrono::nanoseconds parse_duration(std::string_view option,
                                                      std::string_view text);

// Permission bits: one to four octal digits, such as "0640".
[[nodiscard]] unsigned parse_mode(std::string_view option, std::string_view text);

}  // namespace lathe::tools
