// SPDX-License-Identifier: MIT

#include "core/rotation_schedule.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

#include <gtest/gtest.h>

#include "support/time_units.hpp"

namespace lathe {
namespace {

using std::chrono::hours;

constexpr std::int64_t kMidnight = 20'000 * kDayNs;

RotationSchedule hourly() { return {{.interval = hours(1)}, {}}; }

TEST(RotationScheduleTest, IsNeverDueWithoutARule) {
  RotationSchedule schedule({.size_bytes_max = 4096}, {});
  EXPECT_TRUE(schedule.is_empty());
  schedule.start(kMidnight, kMidnight - 100 * kDayNs);
  EXPECT_FALSE(schedule.is_due(kMidnight));
  schedule.begin_period(kMidnight);
  EXPECT_FALSE(schedule.is_due(kMidnight + 1000 * kDayNs));
  EXPECT_EQ(schedule.period_start_ns(), std::nullopt);
}

TEST(RotationScheduleTest, IsNotDueBeforeTheStart) {
  RotationSchedule schedule = hourly();
  EXPECT_FALSE(schedule.is_empty());
  EXPECT_FALSE(schedule.is_due(kMidnight));
  EXPECT_EQ(schedule.period_start_ns(), std::nullopt);
}

TEST(RotationScheduleTest, IsDueFromTheBoundaryOn) {
  RotationSchedule schedule = hourly();
  schedule.start(kMidnight + 1, std::nullopt);
  EXPECT_EQ(schedule.period_start_ns(), kMidnight);
  EXPECT_FALSE(schedule.is_due(kMidnight + kHourNs - 1));
  EXPECT_TRUE(schedule.is_due(kMidnight + kHourNs));
  EXPECT_TRUE(schedule.is_due(kMidnight + kHourNs + 1));
  schedule.begin_period(kMidnight + kHourNs + 1);
  EXPECT_FALSE(schedule.is_due(kMidnight + kHourNs + 1));
  EXPECT_EQ(schedule.period_start_ns(), kMidnight + kHourNs);
}

TEST(RotationScheduleTest, StartsAtABoundaryInTheNewPeriod) {
  RotationSchedule schedule = hourly();
  schedule.start(kMidnight, std::nullopt);
  EXPECT_EQ(schedule.period_start_ns(), kMidnight);
  EXPECT_FALSE(schedule.is_due(kMidnight));
}

TEST(RotationScheduleTest, IsDueAtOnceForAFileOfAnOlderPeriod) {
  for (const std::int64_t written : {kMidnight - 1, kMidnight - kHourNs, kMidnight - kHourNs + 1}) {
    RotationSchedule schedule = hourly();
    schedule.start(kMidnight + kHourNs / 2, written);
    EXPECT_TRUE(schedule.is_due(kMidnight + kHourNs / 2));
    EXPECT_EQ(schedule.period_start_ns(), kMidnight - kHourNs);
    schedule.begin_period(kMidnight + kHourNs / 2);
    EXPECT_FALSE(schedule.is_due(kMidnight + kHourNs / 2));
    EXPECT_EQ(schedule.period_start_ns(), kMidnight);
  }
}

TEST(RotationScheduleTest, ContinuesAFileOfThisPeriodOrOfAClockAhead) {
  for (const std::int64_t written : {kMidnight, kMidnight + 1, kMidnight + 5 * kHourNs}) {
    RotationSchedule schedule = hourly();
    schedule.start(kMidnight + kHourNs / 2, written);
    EXPECT_FALSE(schedule.is_due(kMidnight + kHourNs / 2));
    EXPECT_TRUE(schedule.is_due(kMidnight + kHourNs));
    EXPECT_EQ(schedule.period_start_ns(), kMidnight);
  }
}

TEST(RotationScheduleTest, IsDueOnceAfterManyPeriods) {
  RotationSchedule schedule = hourly();
  schedule.start(kMidnight, std::nullopt);
  const std::int64_t later = kMidnight + 100 * kHourNs + 1;
  EXPECT_TRUE(schedule.is_due(later));
  schedule.begin_period(later);
  EXPECT_FALSE(schedule.is_due(later));
  EXPECT_EQ(schedule.period_start_ns(), later - 1);
}

TEST(RotationScheduleTest, KeepsThePeriodWhenAFileIsFullBeforeItsEnd) {
  RotationSchedule schedule = hourly();
  schedule.start(kMidnight, std::nullopt);
  schedule.begin_period(kMidnight + kHourNs / 2);
  EXPECT_EQ(schedule.period_start_ns(), kMidnight);
  EXPECT_TRUE(schedule.is_due(kMidnight + kHourNs));
}

TEST(RotationScheduleTest, WaitsForItsBoundaryWhenTheClockGoesBack) {
  RotationSchedule schedule = hourly();
  schedule.start(kMidnight + kHourNs, std::nullopt);
  for (std::int64_t now = kMidnight + kHourNs; now >= kMidnight + kHourNs - kDayNs;
       now -= kHourNs / 4) {
    EXPECT_FALSE(schedule.is_due(now));
    schedule.begin_period(now);
    ASSERT_EQ(schedule.period_start_ns(), kMidnight + kHourNs);
  }
  EXPECT_FALSE(schedule.is_due(kMidnight + 2 * kHourNs - 1));
  EXPECT_TRUE(schedule.is_due(kMidnight + 2 * kHourNs));
}

TEST(RotationScheduleTest, BeginsAnewWithoutARotationWhenTheClockWasMended) {
  const std::int64_t mended = kMidnight - kDayNs - 1;
  RotationSchedule asked = hourly();
  asked.start(kMidnight, std::nullopt);
  EXPECT_FALSE(asked.is_due(mended));
  EXPECT_EQ(asked.period_start_ns(), kMidnight - kDayNs - kHourNs);
  EXPECT_TRUE(asked.is_due(kMidnight - kDayNs));

  RotationSchedule told = hourly();
  told.start(kMidnight, std::nullopt);
  told.begin_period(mended);
  EXPECT_EQ(told.period_start_ns(), kMidnight - kDayNs - kHourNs);
  EXPECT_TRUE(told.is_due(kMidnight - kDayNs));
}

TEST(RotationScheduleTest, BeginsWithoutAStart) {
  RotationSchedule schedule = hourly();
  schedule.begin_period(kMidnight + 1);
  EXPECT_EQ(schedule.period_start_ns(), kMidnight);
  EXPECT_TRUE(schedule.is_due(kMidnight + kHourNs));
}

TEST(RotationScheduleTest, RoundsDownBefore1970) {
  RotationSchedule schedule({.interval = std::chrono::seconds(1)}, {});
  schedule.start(-1, std::nullopt);
  EXPECT_EQ(schedule.period_start_ns(), -kSecondNs);
  EXPECT_FALSE(schedule.is_due(-1));
  EXPECT_TRUE(schedule.is_due(0));
}

// 64 bits of nanoseconds end in 2262: what lies behind is never reached, and nothing overflows.
TEST(RotationScheduleTest, NeverReachesABoundaryBeyondWhatNanosecondsCanSay) {
  RotationSchedule schedule({.interval = hours(24 * 100'000)}, {});
  schedule.start(90'000 * kDayNs, std::nullopt);
  EXPECT_TRUE(schedule.is_due(100'000 * kDayNs));
  schedule.begin_period(100'000 * kDayNs);
  EXPECT_FALSE(schedule.is_due(106'751 * kDayNs));
}

}  // namespace
}  // namespace lathe
