// SPDX-License-Identifier: MIT
//
// Rotation by time in the zones of the system's tz database: days that people know to be hard, and
// every jump of every zone from 1970 to 2037. A program of its own, because it sets TZ.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/calendar.hpp"
#include "core/random.hpp"
#include "core/rotation_schedule.hpp"
#include "support/time_units.hpp"

namespace lathe {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Moments = std::vector<std::int64_t>;

const std::filesystem::path kDatabase = "/usr/share/zoneinfo";

// The zones by their own names; links are other names of the same.
std::vector<std::string> zone_names() {
  std::vector<std::string> names;
  std::string line, word, name;
  std::ifstream source(kDatabase / "tzdata.zi");
  while (std::getline(source, line)) {
    std::istringstream words(line);
    if (words >> word >> name && word == "Z") names.push_back(name);
  }
  std::ifstream table(kDatabase / "zone.tab");
  while (names.empty() && std::getline(table, line)) {
    std::istringstream words(line);
    if (line.front() != '#' && words >> word >> word >> name) names.push_back(name);
  }
  return names;
}

void enter_zone(const std::string& name) {
  setenv("TZ", name.c_str(), 1);
  tzset();
}

class ZonesTest : public testing::Test {
 protected:
  void SetUp() override {
    if (zone_names().empty()) {
      GTEST_SKIP() << "no tz database in " << kDatabase << ": install tzdata";
    }
  }
  void TearDown() override {
    unsetenv("TZ");
    tzset();
  }
};

std::int64_t utc(std::int64_t year, unsigned month, unsigned day, std::int64_t hour = 0,
                 std::int64_t minute = 0) {
  return days_from_date({year, month, day}) * kDaySeconds + hour * kHour + minute * kMinute;
}

RotationOptions local(RotationOptions options) {
  options.time_zone = TimeZone::local;
  return options;
}

Moments between(const PeriodTable& table, std::int64_t begin, std::int64_t end) {
  Moments found;
  std::int64_t last = begin - 1;
  for (;;) {
    const std::int64_t at = table.next_after(last);
    if (at <= last) ADD_FAILURE() << at << " is not after " << last;
    if (at <= last || at >= end) return found;
    found.push_back(at);
    last = at;
  }
}

// The boundaries from the first to the last one of `want` must be those, in that zone.
void expect_boundaries(const char* zone, RotationOptions options, const Moments& want) {
  SCOPED_TRACE(zone);
  enter_zone(zone);
  const PeriodTable table(local(std::move(options)), local_offset);
  EXPECT_EQ(between(table, want.front(), want.back() + 1), want);
  for (std::size_t i = 1; i < want.size(); ++i) {
    EXPECT_EQ(table.last_at(want[i] - 1), want[i - 1]);
    EXPECT_EQ(table.last_at(want[i]), want[i]);
  }
}

TEST_F(ZonesTest, BerlinHasADayOf23HoursAndOneOf25) {
  const char* const zone = "Europe/Berlin";
  expect_boundaries(zone, {.interval = hours(24)},
                    {utc(2024, 3, 29, 23), utc(2024, 3, 30, 23), utc(2024, 3, 31, 22)});
  expect_boundaries(zone, {.interval = hours(24)},
                    {utc(2024, 10, 25, 22), utc(2024, 10, 26, 22), utc(2024, 10, 27, 23)});
  expect_boundaries(zone, {.daily_at = "02:30"},
                    {utc(2024, 3, 30, 1, 30), utc(2024, 3, 31, 1), utc(2024, 4, 1, 0, 30)});
  expect_boundaries(zone, {.daily_at = "02:30"},
                    {utc(2024, 10, 26, 0, 30), utc(2024, 10, 27, 0, 30), utc(2024, 10, 28, 1, 30)});
  expect_boundaries(zone, {.weekly_at = "sun 02:30"},
                    {utc(2024, 3, 24, 1, 30), utc(2024, 3, 31, 1), utc(2024, 4, 7, 0, 30)});
  expect_boundaries(zone, {.interval = hours(1)},
                    {utc(2024, 3, 31, 0), utc(2024, 3, 31, 1), utc(2024, 3, 31, 2)});
  expect_boundaries(zone, {.interval = hours(1)},
                    {utc(2024, 10, 27, 0), utc(2024, 10, 27, 1), utc(2024, 10, 27, 2)});
}

TEST_F(ZonesTest, NewYorkRepeatsAnHourOnce) {
  const char* const zone = "America/New_York";
  expect_boundaries(zone, {.daily_at = "01:30"},
                    {utc(2024, 11, 2, 5, 30), utc(2024, 11, 3, 5, 30), utc(2024, 11, 4, 6, 30)});
  expect_boundaries(zone, {.interval = hours(6)},
                    {utc(2024, 11, 3, 4), utc(2024, 11, 3, 11), utc(2024, 11, 3, 17)});
  expect_boundaries(zone, {.interval = hours(2)},
                    {utc(2024, 3, 10, 5), utc(2024, 3, 10, 7), utc(2024, 3, 10, 8)});
}

TEST_F(ZonesTest, LordHoweJumpsByHalfAnHour) {
  const char* const zone = "Australia/Lord_Howe";
  expect_boundaries(zone, {.interval = hours(1)},
                    {utc(2024, 4, 6, 14), utc(2024, 4, 6, 15, 30), utc(2024, 4, 6, 16, 30)});
  expect_boundaries(
      zone, {.interval = minutes(30)},
      {utc(2024, 4, 6, 14, 30), utc(2024, 4, 6, 15), utc(2024, 4, 6, 15, 30), utc(2024, 4, 6, 16)});
  expect_boundaries(zone, {.interval = hours(1)},
                    {utc(2024, 10, 5, 14, 30), utc(2024, 10, 5, 15, 30), utc(2024, 10, 5, 16)});
}

TEST_F(ZonesTest, SaintJohnsJumpedAMinuteAfterMidnight) {
  const char* const zone = "America/St_Johns";
  expect_boundaries(zone, {.interval = hours(24)},
                    {utc(2007, 11, 3, 2, 30), utc(2007, 11, 4, 2, 30), utc(2007, 11, 5, 3, 30)});
  expect_boundaries(zone, {.interval = hours(1)},
                    {utc(2007, 11, 4, 1, 30), utc(2007, 11, 4, 2, 30), utc(2007, 11, 4, 3, 30)});
  expect_boundaries(zone, {.interval = hours(1)},
                    {utc(2007, 3, 11, 3, 30), utc(2007, 3, 11, 3, 31), utc(2007, 3, 11, 4, 30)});
  expect_boundaries(zone, {.daily_at = "00:00,00:30"},
                    {utc(2007, 3, 11, 3, 30), utc(2007, 3, 11, 3, 31), utc(2007, 3, 12, 2, 30)});
}

TEST_F(ZonesTest, CairoSkipsAMidnightAndReturnsBeforeOne) {
  const char* const zone = "Africa/Cairo";
  expect_boundaries(zone, {.interval = hours(24)},
                    {utc(2023, 4, 26, 22), utc(2023, 4, 27, 22), utc(2023, 4, 28, 21)});
  expect_boundaries(zone, {.daily_at = "00:00,00:30"},
                    {utc(2023, 4, 26, 22, 30), utc(2023, 4, 27, 22), utc(2023, 4, 28, 21)});
  expect_boundaries(zone, {.interval = hours(24)},
                    {utc(2023, 10, 25, 21), utc(2023, 10, 26, 22), utc(2023, 10, 27, 22)});
}

TEST_F(ZonesTest, ApiaHadNo30thOfDecember2011) {
  const char* const zone = "Pacific/Apia";
  expect_boundaries(zone, {.interval = hours(24)},
                    {utc(2011, 12, 29, 10), utc(2011, 12, 30, 10), utc(2011, 12, 31, 10)});
  expect_boundaries(zone, {.interval = hours(48)},
                    {utc(2011, 12, 28, 10), utc(2011, 12, 30, 10), utc(2011, 12, 31, 10)});
  expect_boundaries(zone, {.daily_at = "06:00"},
                    {utc(2011, 12, 29, 16), utc(2011, 12, 30, 10), utc(2011, 12, 30, 16)});
  expect_boundaries(zone, {.interval = hours(6)},
                    {utc(2011, 12, 30, 4), utc(2011, 12, 30, 10), utc(2011, 12, 30, 16)});
}

TEST_F(ZonesTest, TrollJumpsByTwoHours) {
  const char* const zone = "Antarctica/Troll";
  expect_boundaries(zone, {.interval = hours(6)},
                    {utc(2024, 10, 26, 22), utc(2024, 10, 27, 6), utc(2024, 10, 27, 12)});
  expect_boundaries(zone, {.interval = hours(1)},
                    {utc(2024, 10, 27, 0), utc(2024, 10, 27, 1), utc(2024, 10, 27, 2),
                     utc(2024, 10, 27, 3), utc(2024, 10, 27, 4)});
  expect_boundaries(zone, {.daily_at = "01:30,02:30"},
                    {utc(2024, 3, 30, 2, 30), utc(2024, 3, 31, 1), utc(2024, 3, 31, 23, 30)});
}

// --- every zone ---

struct Jump {
  std::int64_t at, before, after;  // offsets
};

// The jumps of the zone that the process is in, by asking every three days: the shortest time
// between two jumps of any zone since 1970 is a week.
std::vector<Jump> find_jumps() {
  std::vector<Jump> jumps;
  std::int64_t before = local_offset(0);
  for (std::int64_t at = 0; at < utc(2038, 1, 1); at += 3 * kDaySeconds) {
    const std::int64_t after = local_offset(at + 3 * kDaySeconds);
    if (after == before) continue;
    std::int64_t low = at, high = at + 3 * kDaySeconds;
    while (high - low > 1) {
      const std::int64_t middle = (low + high) / 2;
      (local_offset(middle) == before ? low : high) = middle;
    }
    jumps.push_back({high, before, after});
    before = after;
  }
  return jumps;
}

// The zone near one jump; ten times as fast as asking the C library each time.
ZoneOffset offset_near(const Jump& jump) {
  return [jump](std::int64_t at) { return at < jump.at ? jump.before : jump.after; };
}

// Steps of less than a day: a period is one step, unless the jump lies in it or begins it.
void check_steps(const Jump& jump, Random& random) {
  constexpr std::int64_t kMinutes[] = {1, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 720};
  const std::int64_t step = kMinutes[random.between<std::size_t>(0, 13)] * kMinute;
  SCOPED_TRACE("step " + std::to_string(step));
  const PeriodTable table(local({.interval = seconds(step)}), offset_near(jump));
  const std::int64_t shift = jump.after - jump.before;
  const std::int64_t end = jump.at + std::abs(shift) + 3 * step;
  std::int64_t last = table.last_at(jump.at - 2 * step);
  while (last < end) {
    const std::int64_t next = table.next_after(last);
    ASSERT_LT(last, next);
    ASSERT_EQ(table.last_at(next), next);
    ASSERT_EQ(table.last_at(next - 1), last);
    ASSERT_EQ(table.next_after(random.between(last, next - 1)), next);
    const std::int64_t local_s = next + (next < jump.at ? jump.before : jump.after);
    ASSERT_TRUE(local_s % step == 0 || (next == jump.at && shift > 0));
    const bool is_jump_inside = last <= jump.at && jump.at <= next;
    if (!is_jump_inside || shift == 0) {
      ASSERT_EQ(next - last, step);
    } else if (shift > 0) {
      ASSERT_LE(next - last, step);
    } else {
      ASSERT_GE(next - last, std::min(step, -shift));
      ASSERT_LT(next - last, step + std::min(step, -shift) + 1);
    }
    last = next;
  }
}

// Times of the day, dates, days of the week: each local time counts once, when it is first shown
// or skipped.
void check_days(const Jump& jump, Random& random) {
  const std::int64_t kind = random.between(0, 2);
  const std::int64_t time = random.between<std::int64_t>(0, 1439) * kMinute;
  char text[32];
  std::snprintf(text, sizeof text, "%02d:%02d", static_cast<int>(time / kHour),
                static_cast<int>(time % kHour / kMinute));
  std::int64_t cycle = kDaySeconds, origin = time;
  RotationOptions options = {.daily_at = text};
  if (kind == 1) {
    cycle = random.between<std::int64_t>(1, 4) * kDaySeconds;
    origin = 0;
    options = {.interval = seconds(cycle)};
  } else if (kind == 2) {
    cycle = 7 * kDaySeconds;
    origin = time + 4 * kDaySeconds;  // 1970-01-05 was a Monday
    options = {.weekly_at = std::string("mon ") + text};
  }
  SCOPED_TRACE("kind " + std::to_string(kind) + " cycle " + std::to_string(cycle) + " " + text);
  const PeriodTable table(local(options), offset_near(jump));
  Moments want;
  const std::int64_t first = (jump.at + jump.before - origin) / cycle - 3;
  for (std::int64_t i = first; i < first + 8; ++i) {
    const std::int64_t local_s = origin + i * cycle;
    const bool is_before = local_s - jump.before < jump.at;
    want.push_back(is_before ? local_s - jump.before : std::max(jump.at, local_s - jump.after));
  }
  want.erase(std::unique(want.begin(), want.end()), want.end());
  ASSERT_EQ(between(table, want.front(), want.back() + 1), want);
  for (std::size_t i = 1; i < want.size(); ++i) {
    ASSERT_EQ(table.last_at(want[i]), want[i]);
    ASSERT_EQ(table.last_at(want[i] - 1), want[i - 1]);
  }
}

// A clock that goes forward and back at random: a rotation is due exactly when it passes a
// boundary for the first time.
void check_random_clock(const Jump& jump, Random& random) {
  const RotationOptions options = local({.interval = hours(1 << random.between(0, 3)),
                                         .daily_at = "00:30,02:15",
                                         .weekly_at = "sun 01:00,mon 00:00"});
  const PeriodTable table(options, offset_near(jump));
  RotationSchedule schedule(options, offset_near(jump));
  std::int64_t now = jump.at - kDaySeconds;
  std::int64_t latest = now;
  schedule.start(now * kSecondNs, {});
  for (int i = 0; i < 100; ++i) {
    const bool is_back = random.between(0, 3) == 0;
    now += is_back ? -random.between<std::int64_t>(0, 4 * kHour)
                   : random.between<std::int64_t>(0, 3 * kHour);
    now = std::max(now, latest - 20 * kHour);  // further back is a clock that was mended
    const std::int64_t start_before = *schedule.period_start_ns();
    const bool is_passed = now > latest && table.last_at(now) > latest;
    latest = std::max(latest, now);
    ASSERT_EQ(schedule.is_due(now * kSecondNs), is_passed);
    if (is_passed || random.between(0, 1) == 0) {  // or the file was full
      schedule.begin_period(now * kSecondNs);
      ASSERT_FALSE(schedule.is_due(now * kSecondNs));
    }
    const std::int64_t start = *schedule.period_start_ns();
    ASSERT_GE(start, start_before);
    ASSERT_EQ(start, table.last_at(latest) * kSecondNs);
  }
}

TEST_F(ZonesTest, NoJumpOfAnyZoneSkipsOrDoublesAPeriod) {
  Random random;
  SCOPED_TRACE(random.seed_text());
  std::size_t count = 0;
  for (const std::string& name : zone_names()) {
    SCOPED_TRACE(name);
    enter_zone(name);
    const std::vector<Jump> jumps = find_jumps();
    for (std::size_t i = 0; i < jumps.size(); ++i) {
      SCOPED_TRACE("jump at " + std::to_string(jumps[i].at));
      // For offset_near() to be true near enough.
      ASSERT_TRUE(i == 0 || jumps[i].at - jumps[i - 1].at > 6 * kDaySeconds);
      check_steps(jumps[i], random);
      check_days(jumps[i], random);
      if (random.between(0, 9) == 0) check_random_clock(jumps[i], random);
      if (HasFatalFailure()) return;
    }
    count += jumps.size();
  }
  RecordProperty("jumps", std::to_string(count));
  EXPECT_GT(count, 1000U);  // else the database is none, and nothing was tested
}

}  // namespace
}  // namespace lathe
