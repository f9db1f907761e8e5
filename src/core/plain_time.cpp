// SPDX-License-Identifier: MIT

#include "core/plain_time.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/calendar.hpp"

namespace lathe {
namespace {

constexpr std::array<std::string_view, 7> kDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};

// Appends as far as there is room.
class Out {
 public:
  explicit Out(std::span<char> room) noexcept : room_(room) {}

  void text(std::string_view text) noexcept {
    const std::size_t bytes = std::min(text.size(), room_.size() - size_);
    std::copy_n(text.data(), bytes, room_.data() + size_);
    size_ += bytes;
  }
  // At least `width` characters.
  void number(std::int64_t value, std::size_t width, char fill = '0') noexcept {
    std::array<char, 24> digits{};
    std::size_t begin = digits.size();
    std::uint64_t left =
        value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    do {
      digits[--begin] = static_cast<char>('0' + left % 10);
      left /= 10;
    } while (left != 0);
    while (digits.size() - begin < width) digits[--begin] = fill;
    if (value < 0) text("-");
    text({digits.data() + begin, digits.size() - begin});
  }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  std::span<char> room_;
  std::size_t size_ = 0;
};

// Year and week of ISO 8601: week 1 has the year's first Thursday.
struct IsoWeek {
  std::int64_t year;
  std::int64_t week;
};
IsoWeek iso_week(const std::tm& fields) noexcept {
  const std::int64_t year = fields.tm_year + std::int64_t{1900};
  const int weekday = (fields.tm_wday + 6) % 7;  // Monday is 0
  const auto thursday = [&](std::int64_t days) { return days - weekday + 3; };
  const std::int64_t day = thursday(fields.tm_yday);
  if (day < 0) return {year - 1, (day + (is_leap(year - 1) ? 366 : 365)) / 7 + 1};
  const std::int64_t length = is_leap(year) ? 366 : 365;
  if (day >= length) return {year + 1, 1};
  return {year, day / 7 + 1};
}

void write(Out& out, char conversion, const std::tm& fields) noexcept;

void write_all(Out& out, std::string_view conversions, const std::tm& fields) noexcept {
  for (const char each : conversions) {
    const bool is_letter = (each >= 'A' && each <= 'Z') || (each >= 'a' && each <= 'z');
    if (is_letter) {
      write(out, each, fields);
    } else {
      out.text({&each, 1});
    }
  }
}

void write_offset(Out& out, const std::tm& fields) noexcept {
  const long minutes = fields.tm_gmtoff / 60;
  out.text(minutes < 0 ? "-" : "+");
  const long size = minutes < 0 ? -minutes : minutes;
  out.number(size / 60 * 100 + size % 60, 4);
}

bool write_date(Out& out, char conversion, const std::tm& fields) noexcept {
  const std::int64_t year = fields.tm_year + std::int64_t{1900};
  const auto weekday = static_cast<std::size_t>(fields.tm_wday);
  const auto month = static_cast<std::size_t>(fields.tm_mon);
  switch (conversion) {
    case 'a':
      out.text(kDays[weekday].substr(0, 3));
      return true;
    case 'A':
      out.text(kDays[weekday]);
      return true;
    case 'b':
    case 'h':
      out.text(kMonths[month].substr(0, 3));
      return true;
    case 'B':
      out.text(kMonths[month]);
      return true;
    case 'C':
      out.number(year / 100, 2);
      return true;
    case 'd':
      out.number(fields.tm_mday, 2);
      return true;
    case 'e':
      out.number(fields.tm_mday, 2, ' ');
      return true;
    case 'g':
      out.number(iso_week(fields).year % 100, 2);
      return true;
    case 'G':
      out.number(iso_week(fields).year, 4);
      return true;
    case 'j':
      out.number(fields.tm_yday + 1, 3);
      return true;
    case 'm':
      out.number(fields.tm_mon + 1, 2);
      return true;
    case 'u':
      out.number(fields.tm_wday == 0 ? 7 : fields.tm_wday, 1);
      return true;
    case 'U':
      out.number((fields.tm_yday + 7 - fields.tm_wday) / 7, 2);
      return true;
    case 'V':
      out.number(iso_week(fields).week, 2);
      return true;
    case 'w':
      out.number(fields.tm_wday, 1);
      return true;
    case 'W':
      out.number((fields.tm_yday + 7 - (fields.tm_wday + 6) % 7) / 7, 2);
      return true;
    case 'y':
      out.number(year % 100, 2);
      return true;
    case 'Y':
      out.number(year, 1);
      return true;
    default:
      return false;
  }
}

void write(Out& out, char conversion, const std::tm& fields) noexcept {
  if (write_date(out, conversion, fields)) return;
  const int hour = fields.tm_hour % 12 == 0 ? 12 : fields.tm_hour % 12;
  switch (conversion) {
    case 'c':
      return write_all(out, "a b e T Y", fields);
    case 'D':
    case 'x':
      return write_all(out, "m/d/y", fields);
    case 'F':
      return write_all(out, "Y-m-d", fields);
    case 'H':
      return out.number(fields.tm_hour, 2);
    case 'I':
      return out.number(hour, 2);
    case 'k':
      return out.number(fields.tm_hour, 2, ' ');
    case 'l':
      return out.number(hour, 2, ' ');
    case 'M':
      return out.number(fields.tm_min, 2);
    case 'n':
      return out.text("\n");
    case 'p':
      return out.text(fields.tm_hour < 12 ? "AM" : "PM");
    case 'P':
      return out.text(fields.tm_hour < 12 ? "am" : "pm");
    case 'r':
      return write_all(out, "I:M:S p", fields);
    case 'R':
      return write_all(out, "H:M", fields);
    case 'S':
      return out.number(fields.tm_sec, 2);
    case 't':
      return out.text("\t");
    case 'T':
    case 'X':
      return write_all(out, "H:M:S", fields);
    case 'z':
      return write_offset(out, fields);
    case 'Z':
      return fields.tm_gmtoff == 0 ? out.text("GMT") : write_offset(out, fields);
    default:
      return out.text({&conversion, 1});  // %%
  }
}

}  // namespace

std::tm plain_fields(std::int64_t utc_s, std::int64_t offset_s) noexcept {
  const std::int64_t local_s = std::max<std::int64_t>(utc_s + offset_s, 0);  // see Date
  const std::int64_t days = local_s / kDaySeconds;
  const std::int64_t second = local_s % kDaySeconds;
  const Date date = date_from_days(days);
  std::tm fields{};
  fields.tm_year = static_cast<int>(date.year - 1900);
  fields.tm_mon = static_cast<int>(date.month) - 1;
  fields.tm_mday = static_cast<int>(date.day);
  fields.tm_hour = static_cast<int>(second / 3600);
  fields.tm_min = static_cast<int>(second / 60 % 60);
  fields.tm_sec = static_cast<int>(second % 60);
  fields.tm_wday = static_cast<int>(weekday(days) + 1) % 7;
  fields.tm_yday = static_cast<int>(days - days_from_date({date.year, 1, 1}));
  fields.tm_gmtoff = offset_s;
  return fields;
}

std::size_t write_plain_time(char conversion, const std::tm& fields, std::span<char> out) noexcept {
  Out text(out);
  write(text, conversion, fields);
  return text.size();
}

}  // namespace lathe
