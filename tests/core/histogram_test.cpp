// SPDX-License-Identifier: MIT

#include <lathe/histogram.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/random.hpp"

namespace lathe {
namespace {

TEST(HistogramTest, AnswersZeroWhenEmpty) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.min(), 0U);
  EXPECT_EQ(histogram.max(), 0U);
  EXPECT_EQ(histogram.mean(), 0);
  EXPECT_EQ(histogram.percentile(50), 0U);
  EXPECT_EQ(histogram.percentile(100), 0U);
}

TEST(HistogramTest, KeepsValuesBelow64Exactly) {
  Histogram histogram;
  for (std::uint64_t value = 0; value < 64; ++value) histogram.record(value);
  for (std::uint64_t value = 0; value < 64; ++value) {
    EXPECT_EQ(histogram.percentile(static_cast<double>(value + 1) * 100 / 64), value);
  }
}

TEST(HistogramTest, ReportsAnyValueWithin1Point6Percent) {
  Random random;
  SCOPED_TRACE(random.seed_text());
  for (int i = 0; i < 20'000; ++i) {
    const auto value = random.between<std::uint64_t>(0, UINT64_MAX) >> random.between(0, 63);
    Histogram histogram;
    histogram.record(value / 4);
    histogram.record(value);
    histogram.record(value);
    histogram.record(UINT64_MAX);
    const auto reported = static_cast<double>(histogram.percentile(50));
    EXPECT_LE(std::abs(reported - static_cast<double>(value)), 0.016 * static_cast<double>(value))
        << value;
  }
}

TEST(HistogramTest, PutsBothSidesOfEveryBucketEdgeIntoTheRightBucket) {
  for (unsigned power = 6; power < 64; ++power) {
    for (std::uint64_t sub = 32; sub < 64; ++sub) {
      const std::uint64_t edge = sub << (power - 5);
      Histogram histogram;
      histogram.record(0);
      histogram.record(edge - 1);
      histogram.record(edge);
      histogram.record(UINT64_MAX);
      EXPECT_LT(histogram.percentile(50), edge);
      EXPECT_GE(histogram.percentile(75), edge);
    }
  }
}

TEST(HistogramTest, FindsTheSampleThatAPercentageFallsOn) {
  Histogram histogram;
  for (std::uint64_t value = 1; value <= 50; ++value) histogram.record(value);
  struct Case {
    double percent;
    std::uint64_t want;
  };
  for (const Case& c : {Case{-1, 1}, Case{0, 1}, Case{1, 1}, Case{2, 1}, Case{2.1, 2}, Case{50, 25},
                        Case{98, 49}, Case{99.9, 50}, Case{100, 50}, Case{1e9, 50},
                        Case{std::numeric_limits<double>::quiet_NaN(), 1}}) {
    EXPECT_EQ(histogram.percentile(c.percent), c.want) << c.percent;
  }
}

TEST(HistogramTest, DoesNotRoundAnExactRankUp) {
  Histogram histogram;
  for (int i = 0; i < 999; ++i) histogram.record(1);
  histogram.record(60);
  EXPECT_EQ(histogram.percentile(99.9), 1U);
  EXPECT_EQ(histogram.percentile(99.91), 60U);
}

TEST(HistogramTest, IsExactAtBothEndsAndInItsMean) {
  Histogram histogram;
  histogram.record(1'000'003);
  histogram.record(7'000'001);
  EXPECT_EQ(histogram.percentile(0), 1'000'003U);
  EXPECT_EQ(histogram.percentile(100), 7'000'001U);
  EXPECT_EQ(histogram.min(), 1'000'003U);
  EXPECT_EQ(histogram.max(), 7'000'001U);
  EXPECT_EQ(histogram.mean(), 4'000'002);
}

TEST(HistogramTest, NeverReportsOutsideOfWhatItSaw) {
  Histogram histogram;
  histogram.record(1'040'000);  // above the middle of its bucket
  EXPECT_EQ(histogram.percentile(50), 1'040'000U);
}

TEST(HistogramTest, MergesToWhatOneHistogramWouldHold) {
  Random random;
  SCOPED_TRACE(random.seed_text());
  Histogram all;
  Histogram parts[3];
  for (int i = 0; i < 3'000; ++i) {
    const auto value = random.between<std::uint64_t>(0, 1'000'000'000) >> random.between(0, 29);
    all.record(value);
    parts[i % 2].record(value);  // the third stays empty
  }
  for (const Histogram& part : {parts[1], parts[2]}) parts[0].merge(part);
  EXPECT_EQ(parts[0].count(), all.count());
  EXPECT_EQ(parts[0].min(), all.min());
  EXPECT_EQ(parts[0].max(), all.max());
  EXPECT_NEAR(parts[0].mean(), all.mean(), 1e-6 * all.mean());
  for (double percent = 0; percent <= 100; percent += 0.5) {
    EXPECT_EQ(parts[0].percentile(percent), all.percentile(percent)) << percent;
  }
}

}  // namespace
}  // namespace lathe
