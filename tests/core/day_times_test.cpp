// SPDX-License-Identifier: MIT

#include "core/day_times.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <lathe/units.hpp>

#include "support/time_units.hpp"

namespace lathe {
namespace {

using Moments = std::vector<std::int64_t>;

template <typename Parse>
std::string error_of(Parse parse, const char* text) {
  try {
    (void)parse("field", text);
  } catch (const OptionError& error) {
    EXPECT_EQ(error.field(), "field");
    return error.what();
  }
  return "nothing was thrown";
}

TEST(DayTimesTest, ReadsTimesOfTheDay) {
  EXPECT_EQ(parse_daily("field", ""), Moments{});
  EXPECT_EQ(parse_daily("field", "00:00"), Moments{0});
  EXPECT_EQ(parse_daily("field", "23:59:59"), Moments{kDay - 1});
  EXPECT_EQ(parse_daily("field", "06:30,18:00:05"), (Moments{6 * kHour + 1800, 18 * kHour + 5}));
}

TEST(DayTimesTest, ReadsTimesOfTheWeekFromMondayOn) {
  EXPECT_EQ(parse_weekly("field", ""), Moments{});
  EXPECT_EQ(parse_weekly("field", "mon 00:00"), Moments{0});
  EXPECT_EQ(parse_weekly("field", "sun 23:59:59"), Moments{7 * kDay - 1});
  EXPECT_EQ(parse_weekly("field", "tue 01:00,wed 01:00,thu 01:00,fri 01:00,sat 01:00"),
            (Moments{kDay + kHour, 2 * kDay + kHour, 3 * kDay + kHour, 4 * kDay + kHour,
                     5 * kDay + kHour}));
}

TEST(DayTimesTest, SortsAndDropsDoubles) {
  EXPECT_EQ(parse_daily("field", "02:00,01:00,02:00:00"), (Moments{kHour, 2 * kHour}));
  EXPECT_EQ(parse_weekly("field", "Tue 00:00,mon 00:00,tUE 00:00"), (Moments{0, kDay}));
}

TEST(DayTimesTest, AllowsBlanksAroundCommasAndAfterTheDay) {
  EXPECT_EQ(parse_daily("field", " 01:00 ,\t02:00 "), (Moments{kHour, 2 * kHour}));
  EXPECT_EQ(parse_weekly("field", " MON  01:00 , tue\t02:00"), (Moments{kHour, kDay + 2 * kHour}));
}

TEST(DayTimesTest, RefusesWhatIsNoTimeOfDayAndQuotesIt) {
  for (const char* text :
       {"24:00", "25:00", "12:60", "12:00:60", "6:30", "06:3", "06.30", "0630", "06:30:1",
        "06:30-11", "-1:00", "+1:00", "1 :00", "06:30:", "ab:cd", "006:30", "mon 06:30", "06: 0"}) {
    EXPECT_EQ(error_of(parse_daily, text),
              "field: \"" + std::string(text) + R"(" is no time of day, as in "06:30")");
  }
}

TEST(DayTimesTest, RefusesWhatIsNoDayAndTimeAndQuotesIt) {
  for (const char* text : {"06:30", "mon", "mon06:30", "monday 06:30", "mo 06:30", "xyz 06:30",
                           "mon 24:00", "06:30 mon", "mon 06:30 x"}) {
    EXPECT_EQ(error_of(parse_weekly, text),
              "field: \"" + std::string(text) + R"(" is no day and time, as in "mon 06:30")");
  }
}

TEST(DayTimesTest, RefusesTheEmptyPartsOfAList) {
  for (const char* text : {" ", ",", "06:30,", ",06:30", "06:30,,07:30"}) {
    SCOPED_TRACE(text);
    EXPECT_EQ(error_of(parse_daily, text), R"(field: "" is no time of day, as in "06:30")");
  }
  EXPECT_EQ(error_of(parse_weekly, "mon 06:30, "),
            R"(field: "" is no day and time, as in "mon 06:30")");
}

}  // namespace
}  // namespace lathe
