// SPDX-License-Identifier: MIT
//
// What rounds of measurements come to: medians, ratios of the same round, and whose turn it is.

#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace lathe::bench {

// Of the i-th of `count` contenders in a round: each round begins with another one, and every other
// round goes backwards, so that what drifts on the machine hits all alike.
[[nodiscard]] inline std::size_t turn(std::size_t round, std::size_t i, std::size_t count) {
  const std::size_t place = (i + round / 2) % count;
  return round % 2 == 0 ? place : count - 1 - place;
}

// Of at least one value.
[[nodiscard]] inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

using Numbers = std::vector<double>;  // of one measurement
using Rounds = std::vector<Numbers>;  // of one contender

[[nodiscard]] inline double median_of(const Rounds& rounds, std::size_t column) {
  std::vector<double> values;
  for (const Numbers& numbers : rounds) {
    values.push_back(numbers[column]);
  }
  return median(std::move(values));
}

// The median of the ratios, each of two measurements of one round.
[[nodiscard]] inline double ratio_of(const Rounds& rounds, const Rounds& base, std::size_t column) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < rounds.size(); ++i) {
    ratios.push_back(rounds[i][column] / base[i][column]);
  }
  return median(std::move(ratios));
}

}  // namespace lathe::bench
