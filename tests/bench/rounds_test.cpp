// SPDX-License-Identifier: MIT

#include "rounds.hpp"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace lathe::bench {
namespace {

TEST(TurnTest, EachRoundHasAllOfThem) {
  for (const std::size_t count : {1U, 2U, 5U}) {
    for (std::size_t round = 0; round < 2 * count; ++round) {
      std::set<std::size_t> places;
      for (std::size_t i = 0; i < count; ++i) {
        places.insert(turn(round, i, count));
      }
      EXPECT_EQ(places.size(), count);
      EXPECT_EQ(*places.rbegin(), count - 1);
    }
  }
}

// Each is the first of as many rounds as the others are, and the last.
TEST(TurnTest, ContendersTakeTurnsInBeingTheFirst) {
  constexpr std::size_t kCount = 3;
  std::multiset<std::size_t> first;
  std::multiset<std::size_t> last;
  for (std::size_t round = 0; round < 2 * kCount; ++round) {
    first.insert(turn(round, 0, kCount));
    last.insert(turn(round, kCount - 1, kCount));
  }
  for (std::size_t place = 0; place < kCount; ++place) {
    EXPECT_EQ(first.count(place), 2U);
    EXPECT_EQ(last.count(place), 2U);
  }
}

const Rounds kRounds{{1, 10}, {2, 30}, {3, 20}};
const Rounds kBase{{2, 10}, {2, 10}, {2, 10}};

TEST(RoundsTest, AMedianIsThatOfOneNumber) {
  EXPECT_EQ(median_of(kRounds, column(0)), 2);
  EXPECT_EQ(median_of(kRounds, column(1)), 20);
  EXPECT_EQ(median_of(kRounds, [](const Numbers& numbers) { return numbers[1] / numbers[0]; }), 10);
}

TEST(RoundsTest, RatiosAreTakenWithinARound) {
  EXPECT_EQ(ratios_of(kRounds, kBase, column(0)), (std::vector<double>{0.5, 1, 1.5}));
  const Ratio ratio = ratio_of(kRounds, kBase, column(1));
  EXPECT_EQ(ratio.middle, 2);
  EXPECT_EQ(ratio.least, 1);
  EXPECT_EQ(ratio.most, 3);
}

}  // namespace
}  // namespace lathe::bench
