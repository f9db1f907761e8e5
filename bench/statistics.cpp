// SPDX-License-Identifier: MIT

#include "statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace lathe::bench {

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// Each value is below the median with a probability of one half. So the median is below the k-th
// of n values (from 0) with the probability that at most k of n coins show heads.
std::optional<Interval> median_interval(std::vector<double> values) {
  constexpr double kOutsideMax = 0.025;  // on each side
  const std::size_t n = values.size();
  double coins = std::pow(0.5, static_cast<double>(n));  // exactly k of n
  double outside = coins;
  if (n == 0 || outside > kOutsideMax) {
    return std::nullopt;
  }
  std::size_t k = 0;
  while (true) {
    coins *= static_cast<double>(n - k) / static_cast<double>(k + 1);
    if (outside + coins > kOutsideMax) {
      break;
    }
    outside += coins;
    ++k;
  }
  std::sort(values.begin(), values.end());
  return Interval{values[k], values[n - 1 - k]};
}

std::string ratio_text(double ratio) {
  const int power = ratio > 0 ? static_cast<int>(std::floor(std::log10(ratio))) : 0;
  return fmt::format("{:.{}f}", ratio, std::clamp(2 - power, 0, 4));
}

}  // namespace lathe::bench
