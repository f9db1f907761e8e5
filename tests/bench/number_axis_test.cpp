// SPDX-License-Identifier: MIT

#include "number_axis.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lathe::bench {
namespace {

std::vector<std::string> labels_of(const tools::ChartAxis& axis) {
  std::vector<std::string> labels;
  for (const tools::AxisMark& mark : axis.marks) {
    labels.push_back(mark.label);
  }
  return labels;
}

TEST(NumberAxisTest, MarksAreRoundNumbersUpToOneThatIsNotBelowTheHighest) {
  const tools::ChartAxis axis = linear_axis(7.3);
  EXPECT_EQ(axis.low, 0);
  EXPECT_EQ(axis.high, 8);
  EXPECT_EQ(labels_of(axis), (std::vector<std::string>{"0", "2", "4", "6", "8"}));
}

TEST(NumberAxisTest, LargeNumbersAreToldInUnits) {
  EXPECT_EQ(labels_of(linear_axis(2'500'000)),
            (std::vector<std::string>{"0", "500 k", "1 M", "1.5 M", "2 M", "2.5 M"}));
}

}  // namespace
}  // namespace lathe::bench
