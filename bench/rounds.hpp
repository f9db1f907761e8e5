// SPDX-License-Identifier: MIT
//
// What rounds of measurements come to: medians, ratios of the same round, and whose turn it is.

#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <vector>

#include "statistics.hpp"

namespace lathe::bench {

// Of the i-th of `count` contenders in a round: each round begins with another one, and every other
// round goes backwards, so that what drifts on the machine hits all alike.
[[nodiscard]] inline std::size_t turn(std::size_t round, std::size_t i, std::size_t count) {
  const std::size_t place = (i + round / 2) % count;
  return round % 2 == 0 ? place : count - 1 - place;
}

using Numbers = std::vector<double>;  // of one measurement
using Rounds = std::vector<Numbers>;  // of one contender

// What `value` makes of each round's numbers.
template <std::invocable<const Numbers&> Value>
[[nodiscard]] std::vector<double> each(const Rounds& rounds, const Value& value) {
  std::vector<double> values;
  values.reserve(rounds.size());
  std::transform(rounds.begin(), rounds.end(), std::back_inserter(values), value);
  return values;
}

// The ratios of two contenders, each of two measurements of one round.
template <std::invocable<const Numbers&> Value>
[[nodiscard]] std::vector<double> ratios_of(const Rounds& rounds, const Rounds& base,
                                            const Value& value) {
  std::vector<double> ratios = each(rounds, value);
  for (std::size_t round = 0; round < ratios.size(); ++round) {
    ratios[round] /= value(base[round]);
  }
  return ratios;
}

template <std::invocable<const Numbers&> Value>
[[nodiscard]] double median_of(const Rounds& rounds, const Value& value) {
  return median(each(rounds, value));
}

struct Ratio {
  double middle;  // the median
  double least;
  double most;
};

template <std::invocable<const Numbers&> Value>
[[nodiscard]] Ratio ratio_of(const Rounds& rounds, const Rounds& base, const Value& value) {
  const std::vector<double> ratios = ratios_of(rounds, base, value);
  const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
  return {median(ratios), *least, *most};
}

// A value for these: one of the numbers.
[[nodiscard]] inline auto column(std::size_t place) {
  return [place](const Numbers& numbers) { return numbers[place]; };
}

}  // namespace lathe::bench
