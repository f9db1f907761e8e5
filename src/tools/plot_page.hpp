// SPDX-License-Identifier: MIT
//
// One HTML page that needs no network: a style sheet for charts, light and dark, their legends, and
// tables. Pure.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/svg_chart.hpp"

namespace lathe::tools {

// The class of what has this number, the same in every chart of a page: a colour that can be told
// apart from seven others, then the same ones with other dashes. Empty measurements are grey.
[[nodiscard]] std::string curve_style(std::size_t number, bool is_empty_measurement);

[[nodiscard]] std::string plot_legend(const std::vector<ChartCurve>& curves);

// Texts as they are read; markup in them is not.
[[nodiscard]] std::string plot_table(const std::vector<std::string>& heads,
                                     const std::vector<std::vector<std::string>>& rows);

// The whole page; `body` is markup.
[[nodiscard]] std::string plot_page(const std::string& title, const std::string& heading,
                                    const std::string& body);

}  // namespace lathe::tools
