// SPDX-License-Identifier: MIT

#include "compare/bar_chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "tools/svg_chart.hpp"

namespace lathe::compare {
namespace {

using tools::markup_text;

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
constexpr double kTicksMin = 4;

// 1, 2 or 5 times a power of ten, so that at least four of them lie in the range.
double tick_step(double most) {
  const double power = std::pow(10, std::floor(std::log10(most / kTicksMin)));
  for (const double factor : {5.0, 2.0}) {
    if (factor * power * kTicksMin <= most) {
      return factor * power;
    }
  }
  return power;
}

std::string text_at(const char* anchor, double x, double y, const std::string& text) {
  return fmt::format("<text text-anchor=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", anchor, x, y,
                     markup_text(text));
}

std::string line(const std::string& style, double x1, double y1, double x2, double y2) {
  return fmt::format(
      "<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n", style, x1,
      y1, x2, y2);
}

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
  const auto x = [most](double value) { return kLeft + kWidth * value / most; };
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" "
      "aria-label=\"{}\">\n",
      kLeft + kWidth + kRight, bottom + kAxisHeight, markup_text(title));
  const double step = tick_step(most);
  for (int tick = 0; tick * step <= most; ++tick) {
    svg += line("grid", x(tick * step), kTop, x(tick * step), bottom);
    svg += text_at("middle", x(tick * step), bottom + kTickText, fmt::format("{:g}", tick * step));
  }
  svg += text_at("middle", kLeft + kWidth / 2, bottom + kUnitText, unit);
  double middle = kTop + kRowHeight / 2;
  for (const Bar& bar : bars) {
    const double low = bar.interval ? bar.interval->low : bar.value;
    const double high = bar.interval ? bar.interval->high : bar.value;
    svg += text_at("end", kLeft - kGap, middle + kBaseLine, bar.label);
    // A thick line, since the style sheet's colours are those of strokes.
    svg += fmt::format(
        "<line class=\"{}\" style=\"stroke-width: {}; stroke-dasharray: none\" x1=\"{:.1f}\" "
        "y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"><title>{}: {:.3g} ({:.3g} to {:.3g})</title>"
        "</line>\n",
        bar.style_name, kBarHeight, x(0), middle, x(bar.value), middle, markup_text(bar.label),
        bar.value, low, high);
    svg += line("interval", x(low), middle, x(high), middle);
    svg += text_at("start", x(std::max(bar.value, high)) + kGap, middle + kBaseLine,
                   fmt::format("{:.3g}", bar.value));
    middle += kRowHeight;
  }
  return svg + "</svg>\n";
}

}  // namespace lathe::compare
