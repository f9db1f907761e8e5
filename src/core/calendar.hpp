// SPDX-License-Identifier: MIT
//
// Calendar arithmetic: the proleptic Gregorian calendar without leap seconds, as POSIX counts time.

#pragma once

#include <cstdint>
#include <functional>

#include <lathe/file_options.hpp>

namespace lathe {

inline constexpr std::int64_t kDaySeconds = 86'400;

// Seconds that local time is ahead of UTC at a moment given in UTC seconds since 1970. May jump.
using ZoneOffset = std::function<std::int64_t(std::int64_t utc_s)>;

// The zone of the process (environment variable TZ, or /etc/localtime). Thread-safe.
[[nodiscard]] std::int64_t local_offset(std::int64_t utc_s);

[[nodiscard]] ZoneOffset zone_offset(TimeZone zone);

struct Date {
  std::int64_t year;
  unsigned month;  // 1 to 12
  unsigned day;    // 1 to 31
};

[[nodiscard]] bool is_leap(std::int64_t year) noexcept;
[[nodiscard]] unsigned days_in_month(std::int64_t year, unsigned month) noexcept;

// Days since 1970-01-01; years from 1970 on.
[[nodiscard]] std::int64_t days_from_date(const Date& date) noexcept;
[[nodiscard]] Date date_from_days(std::int64_t days) noexcept;

// 0 is Monday.
[[nodiscard]] unsigned weekday(std::int64_t days) noexcept;

}  // namespace lathe
