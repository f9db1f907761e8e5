// SPDX-License-Identifier: MIT
//
// Zones here are made up; real ones are in zones_test.cpp.

#include "core/period_table.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <lathe/units.hpp>

#include "core/random.hpp"
#include "support/time_units.hpp"

namespace lathe {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using Moments = std::vector<std::int64_t>;

constexpr std::int64_t kMonday = 18'582 * kDay;  // 2020-11-16

// A zone that changes its offset at one moment.
ZoneOffset jump(std::int64_t at, std::int64_t before, std::int64_t after) {
  return [=](std::int64_t utc_s) { return utc_s < at ? before : after; };
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

std::string error_of(const RotationOptions& options) {
  try {
    const PeriodTable table(options, {});
  } catch (const OptionError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(PeriodTableTest, IsEmptyWithoutARuleByTime) {
  EXPECT_TRUE(PeriodTable({}, {}).is_empty());
  EXPECT_TRUE(PeriodTable({.size_bytes_max = 4096}, {}).is_empty());
  EXPECT_FALSE(PeriodTable({.interval = seconds(1)}, {}).is_empty());
  EXPECT_FALSE(PeriodTable({.daily_at = "00:00"}, {}).is_empty());
  EXPECT_FALSE(PeriodTable({.weekly_at = "mon 00:00"}, {}).is_empty());
}

TEST(PeriodTableTest, NamesTheFieldOfABadTime) {
  EXPECT_EQ(error_of({.daily_at = "25:00"}),
            R"(rotation.daily_at: "25:00" is no time of day, as in "06:30")");
  EXPECT_EQ(error_of({.weekly_at = "mon"}),
            R"(rotation.weekly_at: "mon" is no day and time, as in "mon 06:30")");
}

TEST(PeriodTableTest, CountsIntervalsFromMidnight) {
  struct Case {
    std::chrono::nanoseconds interval;
    std::int64_t at, last, next;
  };
  const Case cases[] = {
      {seconds(1), kMonday, kMonday, kMonday + 1},
      {minutes(15), kMonday + 899, kMonday, kMonday + 900},
      {hours(1), kMonday + 3599, kMonday, kMonday + kHour},
      {hours(1), kMonday + 3600, kMonday + kHour, kMonday + 2 * kHour},
      {hours(1), -1, -kHour, 0},
      {hours(6), kMonday + 7 * kHour, kMonday + 6 * kHour, kMonday + 12 * kHour},
      {hours(24), kMonday - 1, kMonday - kDay, kMonday},
      {hours(48), kMonday + kDay, kMonday, kMonday + 2 * kDay},
      {hours(24 * 365), 365 * kDay - 1, 0, 365 * kDay},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(std::to_string(c.interval.count()) + " at " + std::to_string(c.at));
    const PeriodTable table({.interval = c.interval}, {});
    EXPECT_EQ(table.last_at(c.at), c.last);
    EXPECT_EQ(table.next_after(c.at), c.next);
  }
}

TEST(PeriodTableTest, UnitesItsRules) {
  const PeriodTable table(
      {.interval = hours(12), .daily_at = "06:30,12:00", .weekly_at = "tue 00:00,mon 07:00"}, {});
  EXPECT_EQ(between(table, kMonday, kMonday + kDay + kHour),
            (Moments{kMonday, kMonday + 6 * kHour + 1800, kMonday + 7 * kHour, kMonday + 12 * kHour,
                     kMonday + kDay}));
}

TEST(PeriodTableTest, UsesTheZoneOnlyWhereAskedTo) {
  const ZoneOffset zone = jump(0, kHour / 2, kHour / 2);
  EXPECT_EQ(PeriodTable({.interval = hours(1)}, zone).next_after(kMonday), kMonday + kHour);
  EXPECT_EQ(PeriodTable(local({.interval = hours(1)}), zone).next_after(kMonday),
            kMonday + kHour / 2);
}

// At 02:00 the clock goes to 03:00.
TEST(PeriodTableTest, PutsWhatIsSkippedAtTheSkip) {
  const std::int64_t at = kMonday + 2 * kHour;
  const ZoneOffset zone = jump(at, 0, kHour);
  const std::int64_t begin = kMonday + kHour + 1;
  const std::int64_t end = at + kHour + 1;
  EXPECT_EQ(between(PeriodTable(local({.interval = hours(1)}), zone), begin, end),
            (Moments{at, at + kHour}));
  EXPECT_EQ(between(PeriodTable(local({.interval = hours(2)}), zone), begin, end),
            (Moments{at, at + kHour}));
  EXPECT_EQ(between(PeriodTable(local({.daily_at = "02:10,02:50,03:30"}), zone), begin, end),
            (Moments{at, at + kHour / 2}));
  EXPECT_EQ(between(PeriodTable(local({.interval = minutes(45)}), zone), begin, end),
            (Moments{kMonday + 90 * kMinute, at, at + 45 * kMinute}));
}

TEST(PeriodTableTest, CountsWhatIsShownJustBeforeASkipOnce) {
  const ZoneOffset zone = jump(kMonday + 1, 0, 10 * kMinute);
  EXPECT_EQ(between(PeriodTable(local({.interval = hours(1), .daily_at = "00:00"}), zone),
                    kMonday - 1, kMonday + kHour),
            (Moments{kMonday, kMonday + 50 * kMinute}));
}

// At 02:00 the clock goes to 01:00.
TEST(PeriodTableTest, RepeatsNothingButShortIntervals) {
  const std::int64_t at = kMonday + 2 * kHour;
  const ZoneOffset zone = jump(at, 0, -kHour);
  const auto in_fold = [&](RotationOptions options) {
    return between(PeriodTable(local(std::move(options)), zone), kMonday + 1, at + 2 * kHour + 1);
  };
  EXPECT_EQ(in_fold({.interval = hours(1)}), (Moments{at - kHour, at, at + kHour, at + 2 * kHour}));
  EXPECT_EQ(
      in_fold({.interval = minutes(30)}),
      (Moments{at - 5400, at - 3600, at - 1800, at, at + 1800, at + 3600, at + 5400, at + 7200}));
  EXPECT_EQ(in_fold({.interval = hours(2)}), (Moments{at + kHour}));
  EXPECT_EQ(in_fold({.daily_at = "01:00,01:30,02:00"}),
            (Moments{at - kHour, at - kHour / 2, at + kHour}));
}

// At 00:30 the clock goes to 23:30: only there could six hours or a date come twice.
TEST(PeriodTableTest, DoesNotDoubleAMidnight) {
  const std::int64_t at = kMonday + kHour / 2;
  const ZoneOffset zone = jump(at, 0, -kHour);
  const auto around = [&](RotationOptions options) {
    return between(PeriodTable(local(std::move(options)), zone), kMonday - kHour,
                   kMonday + 3 * kHour);
  };
  for (const auto& options :
       {RotationOptions{.interval = hours(6)}, RotationOptions{.interval = hours(24)},
        RotationOptions{.daily_at = "00:00"}, RotationOptions{.weekly_at = "mon 00:00"}}) {
    EXPECT_EQ(around(options), Moments{kMonday});
  }
  EXPECT_EQ(around({.interval = hours(1)}),
            (Moments{kMonday - kHour, kMonday, kMonday + kHour, kMonday + 2 * kHour}));
}

TEST(PeriodTableTest, DoesNotDoubleWhatIsShownJustBeforeAFold) {
  const ZoneOffset zone = jump(kMonday + 1, 0, -10 * kMinute);
  EXPECT_EQ(between(PeriodTable(local({.interval = hours(1), .daily_at = "00:00"}), zone),
                    kMonday - 1, kMonday + 2 * kHour),
            (Moments{kMonday, kMonday + 70 * kMinute}));
}

// A zone with jumps on whole minutes, each days after the one before.
struct Jump {
  std::int64_t at;
  std::int64_t offset;  // from then on
};

std::vector<Jump> random_jumps(Random& random, std::int64_t begin, std::int64_t end) {
  std::vector<Jump> jumps = {{std::numeric_limits<std::int64_t>::min(), 0}};
  std::int64_t offset = random.between<std::int64_t>(-14, 14) * kHour;
  jumps.front().offset = offset;
  for (std::int64_t at = begin;; jumps.push_back({at, offset})) {
    at += random.between<std::int64_t>(2 * 24 * 60, 4 * 24 * 60) * kMinute;
    if (at >= end) return jumps;
    // Mostly whole hours, as on Earth; now and then any, up to a day.
    const std::int64_t shift = random.between(0, 3) != 0
                                   ? random.between<std::int64_t>(-2, 2) * kHour
                                   : random.between<std::int64_t>(-1440, 1440) * kMinute;
    offset = std::clamp(offset + shift, -14 * kHour, 14 * kHour);
  }
}

// What the rules mean, minute by minute.
Moments minute_by_minute(const ZoneOffset& zone, std::int64_t step, std::int64_t daily,
                         std::int64_t begin, std::int64_t end) {
  Moments found;
  std::optional<std::int64_t> last_step;
  std::int64_t shown = begin + zone(begin);
  for (std::int64_t at = begin + kMinute; at < end; at += kMinute) {
    const std::int64_t local_s = at + zone(at);
    bool is_step = false;
    bool is_daily = false;
    for (std::int64_t minute = shown + kMinute; minute <= local_s; minute += kMinute) {
      is_step = is_step || minute % step == 0;
      is_daily = is_daily || minute % kDay == daily;
    }
    const bool is_repeated = local_s <= shown && local_s % step == 0;
    is_step = is_step || (is_repeated && (!last_step || at - *last_step >= step));
    if (is_step) last_step = at;
    if (is_step || is_daily) found.push_back(at);
    shown = std::max(shown, local_s);
  }
  return found;
}

TEST(PeriodTableTest, AgreesWithItsRulesMinuteByMinute) {
  Random random;
  SCOPED_TRACE(random.seed_text());
  constexpr std::int64_t kSteps[] = {5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 360, 720};
  for (int round = 0; round < 100; ++round) {
    const std::int64_t begin = kMonday + random.between<std::int64_t>(0, 10'000) * kMinute;
    const std::int64_t end = begin + 20 * kDay;
    const std::vector<Jump> jumps = random_jumps(random, begin, end);
    const ZoneOffset zone = [&](std::int64_t at) {
      return std::upper_bound(jumps.begin(), jumps.end(), at,
                              [](std::int64_t t, const Jump& j) { return t < j.at; })[-1]
          .offset;
    };
    const std::int64_t step = kSteps[random.between<std::size_t>(0, 11)] * kMinute;
    const std::int64_t daily = random.between<std::int64_t>(0, 1439) * kMinute;
    char daily_at[32];
    std::snprintf(daily_at, sizeof daily_at, "%02d:%02d", static_cast<int>(daily / kHour),
                  static_cast<int>(daily % kHour / kMinute));
    const PeriodTable table(local({.interval = seconds(step), .daily_at = daily_at}), zone);
    const Moments want = minute_by_minute(zone, step, daily, begin, end);
    ASSERT_EQ(between(table, begin + 1, end), want) << step << ' ' << daily_at;
    for (int i = 0; i < 100; ++i) {
      const std::int64_t at = random.between(want.front(), want.back() - 1);
      const auto next = std::upper_bound(want.begin(), want.end(), at);
      ASSERT_EQ(table.next_after(at), *next) << at;
      ASSERT_EQ(table.last_at(at), next[-1]) << at;
    }
  }
}

}  // namespace
}  // namespace lathe
