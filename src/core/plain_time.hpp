// SPDX-License-Identifier: MIT
//
// strftime without the C library, which takes a lock of the time zone: for a signal handler.

#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <span>

namespace lathe {

// The fields of a moment, from 1970 on, in a zone that is `offset_s` ahead of UTC.
[[nodiscard]] std::tm plain_fields(std::int64_t utc_s, std::int64_t offset_s) noexcept;

// Writes what strftime's "%c" (with `conversion` for c, which must be one that
// check_timestamp_format takes) gives in the locale "C", as far as it fits, and returns the bytes.
// But %Z is "GMT", or the offset as in %z.
//
// Safe in a signal handler.
// Tested by: PlainTimeTest
[[nodiscard]] std::size_t write_plain_time(char conversion, const std::tm& fields,
                                           std::span<char> out) noexcept;

}  // namespace lathe
