// SPDX-License-Identifier: MIT

#include "core/calendar.hpp"

#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "core/random.hpp"

namespace lathe {
namespace {

constexpr std::int64_t kLastDay = 2'932'896;  // 9999-12-31

// Sets the zone of the process, and puts the old one back.
class ZoneScope {
 public:
  explicit ZoneScope(const char* zone) {
    if (const char* const old = std::getenv("TZ")) old_ = std::string(old);
    setenv("TZ", zone, 1);
    tzset();
  }
  ~ZoneScope() {
    old_ ? setenv("TZ", old_->c_str(), 1) : unsetenv("TZ");
    tzset();
  }
  ZoneScope(const ZoneScope&) = delete;
  ZoneScope& operator=(const ZoneScope&) = delete;

 private:
  std::optional<std::string> old_;
};

TEST(CalendarTest, AgreesWithTheCLibraryOnEveryDay) {
  for (std::int64_t days = 0; days <= kLastDay; ++days) {
    // Every day of three centuries, and of the others one in 97 (a prime, so all weekdays come).
    if (days > 110'000 && days < kLastDay - 1000 && days % 97 != 0) continue;
    const std::time_t time = days * kDaySeconds;
    std::tm fields{};
    gmtime_r(&time, &fields);
    const Date date = date_from_days(days);
    ASSERT_EQ(date.year, fields.tm_year + 1900) << days;
    ASSERT_EQ(date.month, static_cast<unsigned>(fields.tm_mon + 1)) << days;
    ASSERT_EQ(date.day, static_cast<unsigned>(fields.tm_mday)) << days;
    ASSERT_EQ(weekday(days), static_cast<unsigned>((fields.tm_wday + 6) % 7)) << days;
    ASSERT_EQ(days_from_date(date), days);
  }
}

TEST(CalendarTest, KnowsTheFirstAndTheLastDay) {
  EXPECT_EQ(days_from_date({1970, 1, 1}), 0);
  EXPECT_EQ(days_from_date({9999, 12, 31}), kLastDay);
}

TEST(CalendarTest, CountsWeekdaysFromMonday) {
  EXPECT_EQ(weekday(days_from_date({2026, 11, 22})), 6U);
  EXPECT_EQ(weekday(days_from_date({2026, 11, 23})), 0U);
  EXPECT_EQ(weekday(0), 3U);
  EXPECT_EQ(weekday(-1), 2U);
  EXPECT_EQ(weekday(-4), 6U);
}

TEST(CalendarTest, KnowsLeapYears) {
  const struct {
    std::int64_t year;
    bool want;
  } cases[] = {{1972, true},  {1970, false}, {2000, true},
               {2100, false}, {2024, true},  {2400, true}};
  for (const auto& c : cases) {
    EXPECT_EQ(is_leap(c.year), c.want) << c.year;
    EXPECT_EQ(days_in_month(c.year, 2), c.want ? 29U : 28U) << c.year;
  }
}

TEST(CalendarTest, KnowsTheLengthOfEveryMonth) {
  const unsigned want[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (unsigned month = 1; month <= 12; ++month) {
    EXPECT_EQ(days_in_month(2026, month), want[month - 1]) << month;
  }
}

TEST(LocalOffsetTest, IsPositiveEastOfGreenwich) {
  const ZoneScope zone("IST-5:30");  // POSIX writes what to add to local time to get UTC
  EXPECT_EQ(local_offset(0), 19'800);
  EXPECT_EQ(local_offset(1'795'355'433), 19'800);
}

TEST(LocalOffsetTest, JumpsWhereTheZoneDoes) {
  const ZoneScope zone("XST3XDT2,M3.2.0/2,M11.1.0/2");
  constexpr std::int64_t kSpring2026 = 1'772'946'000;  // 2026-03-08 02:00 XST, 05:00 UTC
  EXPECT_EQ(local_offset(kSpring2026 - 1), -3 * 3600);
  EXPECT_EQ(local_offset(kSpring2026), -2 * 3600);
}

TEST(LocalOffsetTest, IsWhatTheCLibraryAddsToTheFields) {
  const ZoneScope zone("XST3XDT2,M3.2.0/2,M11.1.0/2");
  Random random;
  SCOPED_TRACE(random.seed_text());
  for (int i = 0; i < 20'000; ++i) {
    const std::time_t time = random.between<std::time_t>(0, kLastDay * kDaySeconds);
    std::tm fields{};
    localtime_r(&time, &fields);
    ASSERT_EQ(local_offset(time), timegm(&fields) - time) << time;
  }
}

}  // namespace
}  // namespace lathe
