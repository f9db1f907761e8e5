// SPDX-License-Identifier: MIT

#include "core/rotation_schedule.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

#include <gtest/gtest.h>

namespace lathe {
namespace {

using std::chrono::hours;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kHour = 3600 * kSecond;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kMidnight = 20'000 * kDay;

RotationSchedule hourly() { return {{.interval = hours(1)}, {}}; }

TEST(RotationScheduleTest, IsNeverDueWithoutARule) {
  RotationSchedule schedule({.size_bytes_max = 4096}, {});
  EXPECT_TRUE(schedule.is_empty());
  schedule.start(kMidnight, kMidnight - 100 * kDay);
  EXPECT_FALSE(schedule.is_due(kMidnight));
  schedule.begin_period(kMidnight);
  EXPECT_FALSE(schedule.is_due(kMidnight + 1000 * kDay));
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
  EXPECT_FALSE(schedule.is_due(kMidnight + kHour - 1));
  EXPECT_TRUE(schedule.is_due(kMidnight + kHour));
  EXPECT_TRUE(schedule.is_due(kMidnight + kHour + 1));
  schedule.begin_period(kMidnight + kHour + 1);
  EXPECT_FALSE(schedule.is_due(kMidnight + kHour + 1));
  EXPECT_EQ(schedule.period_start_ns(), kMidnight + kHour);
}

TEST(RotationScheduleTest, StartsAtABoundaryInTheNewPeriod) {
  RotationSchedule schedule = hourly();
  schedule.start(kMidnight, std::nullopt);
  EXPECT_EQ(schedule.period_start_ns(), kMidnight);
  EXPECT_FALSE(schedule.is_due(kMidnight));
}

TEST(RotationScheduleTest, IsDueAtOnceForAFileOfAnOlderPeriod) {
  for (const std::int64_t written : {kMidnight - 1, kMidnight - kHour, kMidnight - kHour + 1}) {
    RotationSchedule schedule = hourly();
    schedule.start(kMidnight + kHour / 2, written);
    EXPECT_TRUE(schedule.is_due(kMidnight + kHour / 2));
    EXPECT_EQ(schedule.period_start_ns(), kMidnight - kHour);
    schedule.begin_period(kMidnight + kHour / 2);
    EXPECT_FALSE(schedule.is_due(kMidnight + kHour / 2));
    EXPECT_EQ(schedule.period_start_ns(), kMidnight);
  }
}

TEST(RotationScheduleTest, ContinuesAFileOfThisPeriodOrOfAClockAhead) {
  for (const std::int64_t written : {kMidnight, kMidnight + 1, kMidnight + 5 * kHour}) {
    RotationSchedule schedule = hourly();
    schedule.start(kMidnight + kHour / 2, written);
    EXPECT_FALSE(schedule.is_due(kMidnight + kHour / 2));
    EXPECT_TRUE(schedule.is_due(kMidnight + kHour));
    EXPECT_EQ(schedule.period_start_ns(), kMidnight);
  }
}

TEST(RotationScheduleTest, IsDueOnceAfterManyPeriods) {
  RotationSchedule schedule = hourly();
  schedule.start(kMidnight, std::nullopt);
  const std::int64_t later = kMidnight + 100 * kHour + 1;
  EXPECT_TRUE(schedule.is_due(later));
  schedule.begin_period(later);
  EXPECT_FALSE(schedule.is_due(later));
  EXPECT_EQ(schedule.period_start_ns(), later - 1);
}

TEST(RotationScheduleTest, KeepsThePeriodWhenAFileIsFullBeforeItsEnd) {
  RotationSchedule schedule = hourly();
  schedule.start(kMidnight, std::nullopt);
  schedule.begin_period(kMidnight + kHour / 2);
  EXPECT_EQ(schedule.period_start_ns(), kMidnight);
  EXPECT_TRUE(schedule.is_due(kMidnight + kHour));
}

TEST(RotationScheduleTest, WaitsForItsBoundaryWhenTheClockGoesBack) {
  RotationSchedule schedule = hourly();
  schedule.start(kMidnight + kHour, std::nullopt);
  for (std::int64_t now = kMidnight + kHour; now >= kMidnight + kHour - kDay; now -= kHour / 4) {
    EXPECT_FALSE(schedule.is_due(now));
    schedule.begin_period(now);
    ASSERT_EQ(schedule.period_start_ns(), kMidnight + kHour);
  }
  EXPECT_FALSE(schedule.is_due(kMidnight + 2 * kHour - 1));
  EXPECT_TRUE(schedule.is_due(kMidnight + 2 * kHour));
}

TEST(RotationScheduleTest, BeginsAnewWithoutARotationWhenTheClockWasMended) {
  const std::int64_t mended = kMidnight - kDay - 1;
  RotationSchedule asked = hourly();
  asked.start(kMidnight, std::nullopt);
  EXPECT_FALSE(asked.is_due(mended));
  EXPECT_EQ(asked.period_start_ns(), kMidnight - kDay - kHour);
  EXPECT_TRUE(asked.is_due(kMidnight - kDay));

  RotationSchedule told = hourly();
  told.start(kMidnight, std::nullopt);
  told.begin_period(mended);
  EXPECT_EQ(told.period_start_ns(), kMidnight - kDay - kHour);
  EXPECT_TRUE(told.is_due(kMidnight - kDay));
}

TEST(RotationScheduleTest, BeginsWithoutAStart) {
  RotationSchedule schedule = hourly();
  schedule.begin_period(kMidnight + 1);
  EXPECT_EQ(schedule.period_start_ns(), kMidnight);
  EXPECT_TRUE(schedule.is_due(kMidnight + kHour));
}

TEST(RotationScheduleTest, RoundsDownBefore1970) {
  RotationSchedule schedule({.interval = std::chrono::seconds(1)}, {});
  schedule.start(-1, std::nullopt);
  EXPECT_EQ(schedule.period_start_ns(), -kSecond);
  EXPECT_FALSE(schedule.is_due(-1));
  EXPECT_TRUE(schedule.is_due(0));
}

// 64 bits of nanoseconds end in 2262: what lies behind is never reached, and nothing overflows.
TEST(RotationScheduleTest, NeverReachesABoundaryBeyondWhatNanosecondsCanSay) {
  RotationSchedule schedule({.interval = hours(24 * 100'000)}, {});
  schedule.start(90'000 * kDay, std::nullopt);
  EXPECT_TRUE(schedule.is_due(100'000 * kDay));
  schedule.begin_period(100'000 * kDay);
  EXPECT_FALSE(schedule.is_due(106'751 * kDay));
}

}  // namespace
}  // namespace lathe
