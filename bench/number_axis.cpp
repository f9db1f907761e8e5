// SPDX-License-Identifier: MIT

#include "number_axis.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace lathe::bench {
namespace {

constexpr int kMarks = 5;

// The least number of 1, 2 or 5 times a power of ten that is not below `least`.
double round_number(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least) {
      return factor * power;
    }
  }
  return 10 * power;
}

}  // namespace

std::string number_text(double number) {
  for (const auto& [unit, name] : {std::pair{1e9, "G"}, {1e6, "M"}, {1e3, "k"}}) {
    if (number >= unit) {
      return fmt::format("{:g} {}", number / unit, name);
    }
  }
  return fmt::format("{:g}", number);
}

tools::ChartAxis linear_axis(double high) {
  const double step = round_number(high / kMarks);
  tools::ChartAxis axis{.name = {}, .low = 0, .high = step * std::ceil(high / step), .marks = {}};
  for (int i = 0; i * step <= axis.high * 1.001; ++i) {
    axis.marks.push_back({i * step, number_text(i * step)});
  }
  return axis;
}

}  // namespace lathe::bench
