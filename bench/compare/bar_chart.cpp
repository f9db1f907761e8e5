// SPDX-License-Identifier: MIT

#include "compare/bar_chart.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "number_axis.hpp"
#include "tools/svg_markup.hpp"

namespace lathe::compare {
namespace {

constexpr double kLeft = 220;  // room for the labels
constexpr double kTop = 8;
constexpr double kWidth = 600;
constexpr double kRight = 80;  // room for the number behind the longest bar
constexpr double kRowHeight = 26;
constexpr double kBarHeight = 15;
constexpr double kAxisHeight = 46;
constexpr double kTickText = 16;  // from the last row to the base line of the axis's numbers
constexpr double kUnitText = 38;
constexpr double kBaseLine = 4;  // from the middle of a text to its base line
constexpr double kGap = 8;

}  // namespace

std::string bar_chart(const std::string& title, const std::vector<Bar>& bars,
                      const std::string& unit) {
  double most = 0;
  for (const Bar& bar : bars) {
    most = std::max({most, bar.value, bar.interval ? bar.interval->high : 0});
  }
  if (most <= 0) {
    return {};
  }
  const double bottom = kTop + kRowHeight * static_cast<double>(bars.size());
  const tools::ChartAxis axis = bench::linear_axis(most);
  const auto x = [&axis](double value) { return kLeft + kWidth * value / axis.high; };
  std::string svg = tools::svg_head(title, kLeft + kWidth + kRight, bottom + kAxisHeight);
  for (const tools::AxisMark& mark : axis.marks) {
    svg += tools::svg_line("grid", x(mark.value), kTop, x(mark.value), bottom);
    svg += tools::svg_text("middle", x(mark.value), bottom + kTickText, mark.label);
  }
  svg += tools::svg_text("middle", kLeft + kWidth / 2, bottom + kUnitText, unit);
  double middle = kTop + kRowHeight / 2;
  for (const Bar& bar : bars) {
    const double low = bar.interval ? bar.interval->low : bar.value;
    const double high = bar.interval ? bar.interval->high : bar.value;
    svg += tools::svg_text("end", kLeft - kGap, middle + kBaseLine, bar.label);
    // A thick line, since the style sheet's colours are those of strokes.
    svg += fmt::format(
        "<line class=\"{}\" style=\"stroke-width: {}; stroke-dasharray: none\" x1=\"{:.1f}\" "
        "y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"><title>{}: {:.3g} ({:.3g} to {:.3g})</title>"
        "</line>\n",
        bar.style_name, kBarHeight, x(0), middle, x(bar.value), middle,
        tools::markup_text(bar.label), bar.value, low, high);
    svg += tools::svg_line("interval", x(low), middle, x(high), middle);
    svg += tools::svg_text("start", x(std::max(bar.value, high)) + kGap, middle + kBaseLine,
                           fmt::format("{:.3g}", bar.value));
    middle += kRowHeight;
  }
  return svg + "</svg>\n";
}

}  // namespace lathe::compare
