// SPDX-License-Identifier: MIT
//
// Calendar arithmetic.

#include "core/calendar.hpp"

#include <ctime>

namespace lathe {
namespace {

// Days from 1970-01-01 to the first of January of `year`, for years from 1970 on.
constexpr std::int64_t days_to_year(std::int64_t year) noexcept {
  const std::int64_t before = year - 1;  // the last year that is over
  const std::int64_t leaps = before / 4 - before / 100 + before / 400;
  constexpr std::int64_t kLeapsBefore1970 = 1969 / 4 - 1969 / 100 + 1969 / 400;
  return (year - 1970) * 365 + leaps - kLeapsBefore1970;
}

}  // namespace

std::int64_t local_offset(std::int64_t utc_s) {
  const std::time_t time = utc_s;
  std::tm fields{};
  // Refused only for years beyond an int, which no caller has: then UTC.
  if (localtime_r(&time, &fields) == nullptr) return 0;
  return fields.tm_gmtoff;
}

bool is_leap(std::int64_t year) noexcept {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

unsigned days_in_month(std::int64_t year, unsigned month) noexcept {
  if (month == 2) return is_leap(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

std::int64_t days_from_date(const Date& date) noexcept {
  std::int64_t days = days_to_year(date.year) + date.day - 1;
  for (unsigned month = 1; month < date.month; ++month) days += days_in_month(date.year, month);
  return days;
}

// Loops instead of a closed form: this runs a few times a rotation, and can be read.
Date date_from_days(std::int64_t days) noexcept {
  std::int64_t year = 1970 + days / 366;  // never too late, and at most a few years early
  while (days_to_year(year + 1) <= days) ++year;
  auto rest = static_cast<unsigned>(days - days_to_year(year));
  unsigned month = 1;
  while (rest >= days_in_month(year, month)) rest -= days_in_month(year, month++);
  return {year, month, rest + 1};
}

// A closure and not the function itself, whose type would make libraries export its typeinfo.
ZoneOffset zone_offset(TimeZone zone) {
  if (zone == TimeZone::utc) return [](std::int64_t) -> std::int64_t { return 0; };
  return [](std::int64_t utc_s) { return local_offset(utc_s); };
}

unsigned weekday(std::int64_t days) noexcept {
  constexpr std::int64_t kFirstWeekday = 3;  // 1970-01-01 was a Thursday
  return static_cast<unsigned>(((days + kFirstWeekday) % 7 + 7) % 7);
}

}  // namespace lathe
