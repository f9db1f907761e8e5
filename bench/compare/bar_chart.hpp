// SPDX-License-Identifier: MIT
//
// Numbers -> SVG: a bar for each, from zero, with the interval that it lies in. Pure.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "statistics.hpp"

namespace lathe::compare {

struct Bar {
  std::string label;
  std::string style_name;  // class of the bar, such as "c0"
  double value;
  std::optional<bench::Interval> interval;
};

// An <svg> element, well-formed, with a line of text and a bar for each value; `unit` stands below
// the axis.
[[nodiscard]] std::string bar_chart(const std::string& title, const std::vector<Bar>& bars,
                                    const std::string& unit);

}  // namespace lathe::compare
