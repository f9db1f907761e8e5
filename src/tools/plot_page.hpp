// SPDX-License-Identifier: MIT
//
// A page with charts that needs nothing else: style sheet, legends, tables. Pure. Does not know
// what the charts are of (latency_plot.hpp).

#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace lathe::tools {

// Classes of the n-th curve, which looks like no other of the first 32; and of the n-th one that
// stands beside the others for comparison.
[[nodiscard]] std::string curve_style(std::size_t number);
[[nodiscard]] std::string empty_style(std::size_t number);

[[nodiscard]] std::string legend_item(const std::string& label, const std::string& style_name);

// Of curves with a label and a style_name.
template <class Curves>
[[nodiscard]] std::string legend_of(const Curves& curves) {
  std::string html = "<ul class=\"legend\">\n";
  for (const auto& curve : curves) {
    html += legend_item(curve.label, curve.style_name);
  }
  return html + "</ul>\n";
}

// Rows of cells; the first row is the head, the first cell of each its name.
using HtmlTable = std::vector<std::vector<std::string>>;
[[nodiscard]] std::string html_table(const HtmlTable& table);

// The whole page around `body`, which is markup.
//
// Tested by: LatencyPlotTest
[[nodiscard]] std::string plot_page(const std::string& title, const std::string& heading,
                                    const std::string& body);

}  // namespace lathe::tools
