// SPDX-License-Identifier: MIT
//
// What many rounds amount to: medians, and how far they can be trusted. Pure.

#pragma once

#include <optional>
#include <string>
#include <vector>

namespace lathe::bench {

// Of values, at least one.
[[nodiscard]] double median(std::vector<double> values);

struct Interval {
  double low;
  double high;
};

// The interval of two of the values that holds the median of what they are samples of with a
// probability of at least 95 %, whatever their distribution: the exact binomial one. Nothing of
// fewer than six values, of which not even the least and the largest do.
[[nodiscard]] std::optional<Interval> median_interval(std::vector<double> values);

// Three digits that count: "208", "6.31", "0.0123".
[[nodiscard]] std::string ratio_text(double ratio);

}  // namespace lathe::bench
