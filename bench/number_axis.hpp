// SPDX-License-Identifier: MIT
//
// Axes of charts that count something, from zero. Pure.

#pragma once

#include <string>

#include "tools/svg_plot.hpp"

namespace lathe::bench {

// "500", "20 k", "1.5 M".
[[nodiscard]] std::string number_text(double number);

// From 0 to `high` or a little more, with a mark at each multiple of 1, 2 or 5 times a power of
// ten, five of them at the most.
[[nodiscard]] tools::ChartAxis linear_axis(double high);

}  // namespace lathe::bench
