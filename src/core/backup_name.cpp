// SPDX-License-Identifier: MIT
//
// Backup names and the calendar arithmetic under them: the proleptic Gregorian calendar in UTC,
// without leap seconds, as POSIX counts time.

#include "core/backup_name.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <limits>

#include <fmt/format.h>

namespace lathe {
namespace {

constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::size_t kStampBytes = 15;  // YYYYMMDD_HHMMSS

struct Date {
  std::int64_t year;
  unsigned month;  // 1 to 12
  unsigned day;    // 1 to 31
};

constexpr bool is_leap(std::int64_t year) noexcept {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

constexpr unsigned days_in_month(std::int64_t year, unsigned month) noexcept {
  if (month == 2) return is_leap(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// Days from 1970-01-01 to the first of January of `year`, for years from 1970 on.
constexpr std::int64_t days_to_year(std::int64_t year) noexcept {
  const std::int64_t before = year - 1;  // the last year that is over
  const std::int64_t leaps = before / 4 - before / 100 + before / 400;
  constexpr std::int64_t kLeapsBefore1970 = 1969 / 4 - 1969 / 100 + 1969 / 400;
  return (year - 1970) * 365 + leaps - kLeapsBefore1970;
}

constexpr std::int64_t days_from_date(const Date& date) noexcept {
  std::int64_t days = days_to_year(date.year) + date.day - 1;
  for (unsigned month = 1; month < date.month; ++month) days += days_in_month(date.year, month);
  return days;
}

// Loops instead of a closed form: this runs once a rotation, and can be read.
constexpr Date date_from_days(std::int64_t days) noexcept {
  std::int64_t year = 1970 + days / 366;  // never too late, and at most a few years early
  while (days_to_year(year + 1) <= days) ++year;
  auto rest = static_cast<unsigned>(days - days_to_year(year));
  unsigned month = 1;
  while (rest >= days_in_month(year, month)) rest -= days_in_month(year, month++);
  return {year, month, rest + 1};
}

static_assert(days_from_date({1970, 1, 1}) == 0);
static_assert(days_from_date({9999, 12, 31}) * kDaySeconds + kDaySeconds - 1 == kBackupStampMax);

// Reads exactly text.size() decimal digits.
constexpr std::optional<unsigned> read_digits(std::string_view text) noexcept {
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

std::optional<std::int64_t> parse_stamp(std::string_view text) noexcept {
  if (text.size() != kStampBytes || text[8] != '_') return std::nullopt;
  const auto year = read_digits(text.substr(0, 4));
  const auto month = read_digits(text.substr(4, 2));
  const auto day = read_digits(text.substr(6, 2));
  const auto hour = read_digits(text.substr(9, 2));
  const auto minute = read_digits(text.substr(11, 2));
  const auto second = read_digits(text.substr(13, 2));
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  if (*year < 1970 || *month < 1 || *month > 12) return std::nullopt;
  if (*day < 1 || *day > days_in_month(*year, *month)) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  const std::int64_t days = days_from_date({*year, *month, *day});
  return days * kDaySeconds + *hour * 3600 + *minute * 60 + *second;
}

// Reads ".N" as make_backup_name writes it, or the empty text as 0.
std::optional<std::uint32_t> parse_sequence(std::string_view text) noexcept {
  if (text.empty()) return 0;
  if (text.size() < 2 || text[0] != '.' || text[1] < '1' || text[1] > '9') return std::nullopt;
  std::uint32_t sequence = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + 1, end, sequence);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return sequence;
}

}  // namespace

std::string make_backup_name(std::string_view base, const BackupName& name) {
  assert(name.stamp_s >= kBackupStampMin && name.stamp_s <= kBackupStampMax);
  const Date date = date_from_days(name.stamp_s / kDaySeconds);
  const std::int64_t second = name.stamp_s % kDaySeconds;
  std::string text = fmt::format("{}.{:04}{:02}{:02}_{:02}{:02}{:02}", base, date.year, date.month,
                                 date.day, second / 3600, second / 60 % 60, second % 60);
  if (name.sequence > 0) text += fmt::format(".{}", name.sequence);
  return text;
}

std::optional<BackupName> parse_backup_name(std::string_view base, std::string_view name) noexcept {
  if (name.size() < base.size() + 1 + kStampBytes) return std::nullopt;
  if (name.substr(0, base.size()) != base || name[base.size()] != '.') return std::nullopt;
  const std::string_view suffix = name.substr(base.size() + 1);
  const auto stamp_s = parse_stamp(suffix.substr(0, kStampBytes));
  const auto sequence = parse_sequence(suffix.substr(kStampBytes));
  if (!stamp_s || !sequence) return std::nullopt;
  return BackupName{*stamp_s, *sequence};
}

BackupName next_backup_name(const std::optional<BackupName>& last, std::int64_t now_s) noexcept {
  const std::int64_t stamp_s = std::clamp(now_s, kBackupStampMin, kBackupStampMax);
  if (!last || stamp_s > last->stamp_s) return {stamp_s, 0};
  if (last->sequence < std::numeric_limits<std::uint32_t>::max()) {
    return {last->stamp_s, last->sequence + 1};
  }
  return last->stamp_s < kBackupStampMax ? BackupName{last->stamp_s + 1, 0} : *last;
}

}  // namespace lathe
