// SPDX-License-Identifier: MIT

#include "statistics.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <optional>
#include <vector>

namespace lathe::bench {
namespace {

// 1 to n, largest first.
std::vector<double> numbers(std::size_t n) {
  std::vector<double> values(n);
  std::iota(values.rbegin(), values.rend(), 1.0);
  return values;
}

TEST(MedianTest, IsTheMiddleOrBetweenTheTwoInTheMiddle) {
  EXPECT_EQ(median({7}), 7);
  EXPECT_EQ(median({9, 1, 4}), 4);
  EXPECT_EQ(median({9, 1, 4, 6}), 5);
}

// Against the table of the binomial distribution: for 15 values, P(X <= 3) = 0.0176 and
// P(X <= 4) = 0.0592; for 25, P(X <= 7) = 0.0216 and P(X <= 8) = 0.0539.
TEST(MedianIntervalTest, IsTheExactBinomialOne) {
  const std::optional<Interval> of_15 = median_interval(numbers(15));
  ASSERT_TRUE(of_15);
  EXPECT_EQ(of_15->low, 4);
  EXPECT_EQ(of_15->high, 12);
  const std::optional<Interval> of_25 = median_interval(numbers(25));
  ASSERT_TRUE(of_25);
  EXPECT_EQ(of_25->low, 8);
  EXPECT_EQ(of_25->high, 18);
}

TEST(MedianIntervalTest, TakesSixValues) {
  EXPECT_FALSE(median_interval({}));
  EXPECT_FALSE(median_interval(numbers(5)));
  const std::optional<Interval> of_6 = median_interval(numbers(6));
  ASSERT_TRUE(of_6);
  EXPECT_EQ(of_6->low, 1);
  EXPECT_EQ(of_6->high, 6);
}

TEST(RatioTextTest, HasThreeDigitsThatCount) {
  EXPECT_EQ(ratio_text(1234.5), "1234");
  EXPECT_EQ(ratio_text(208), "208");
  EXPECT_EQ(ratio_text(6.312), "6.31");
  EXPECT_EQ(ratio_text(0.98), "0.980");
  EXPECT_EQ(ratio_text(0.0123), "0.0123");
  EXPECT_EQ(ratio_text(0), "0.00");
}

}  // namespace
}  // namespace lathe::bench
