// SPDX-License-Identifier: MIT

#include "tools/svg_chart.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace lathe::tools {
namespace {

constexpr double kLeastNs = 0.1;  // where the vertical axis may begin: a logarithm has no zero
constexpr double kNinesMin = 1;   // the axis shows at least 90 %

double nines_of(const std::vector<ChartCurve>& curves) {
  double nines = kNinesMin;
  for (const ChartCurve& curve : curves) {
    if (!curve.points.empty()) {
      nines = std::max(nines, curve.points.back().nines);
    }
  }
  return nines;
}

// "90 %", "99.99 %".
std::string percent_text(int nines) {
  return nines == 0   ? "0 %"
         : nines == 1 ? "90 %"
                      : fmt::format("{:.{}f} %", 100 - std::pow(10.0, 2 - nines), nines - 2);
}

ChartAxis percent_axis(const std::vector<ChartCurve>& curves) {
  ChartAxis axis{.name = "part of all samples that took at most this long",
                 .low = 0,
                 .high = nines_of(curves),
                 .marks = {}};
  for (int nines = 0; nines <= axis.high; ++nines) {
    axis.marks.push_back({static_cast<double>(nines), percent_text(nines)});
  }
  axis.marks.push_back({std::log10(2.0), "50 %"});
  return axis;
}

// Whole units at powers of ten: "1 us", not "1.00 us".
std::string power_text(double ns) {
  for (const auto& [unit_ns, unit] : {std::pair{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}}) {
    if (ns >= unit_ns * 0.999) {
      return fmt::format("{:g} {}", std::round(ns / unit_ns), unit);
    }
  }
  return fmt::format("{:g} ns", ns);
}

double place_of(double ns) { return std::log10(std::max(ns, kLeastNs)); }

}  // namespace

ChartAxis duration_axis(const DurationRange& range) {
  ChartAxis axis{
      .name = {}, .low = std::log10(range.low_ns), .high = std::log10(range.high_ns), .marks = {}};
  const int low = static_cast<int>(std::lround(axis.low));
  const int high = static_cast<int>(std::lround(axis.high));
  for (int power = low; power <= high; ++power) {
    const double ns = std::pow(10.0, power);
    axis.marks.push_back({std::log10(ns), power_text(ns)});
    for (int part = 2; part < 10 && power < high; ++part) {
      axis.marks.push_back({std::log10(part * ns), {}});
    }
  }
  return axis;
}

DurationRange range_of(const std::vector<ChartCurve>& curves) {
  double low = HUGE_VAL;
  double high = 0;
  for (const ChartCurve& curve : curves) {
    for (const CurvePoint& point : curve.points) {
      low = std::min(low, std::max(point.ns, kLeastNs));
      high = std::max(high, point.ns);
    }
  }
  if (high < low) {
    return {};
  }
  DurationRange range{.low_ns = std::pow(10.0, std::floor(std::log10(low))),
                      .high_ns = std::pow(10.0, std::ceil(std::log10(high)))};
  if (range.high_ns <= range.low_ns) {  // all at one power of ten
    range.high_ns = 10 * range.low_ns;
  }
  return range;
}

std::string svg_chart(const std::string& title, const std::vector<ChartCurve>& curves,
                      const DurationRange& range, const ChartBox& box) {
  std::vector<PlotCurve> plotted;
  plotted.reserve(curves.size());
  for (const ChartCurve& curve : curves) {
    PlotCurve& added = plotted.emplace_back(PlotCurve{curve.label, curve.style_name, {}});
    for (const CurvePoint& point : curve.points) {
      added.points.push_back({point.nines, place_of(point.ns)});
    }
  }
  return svg_plot(title, plotted, percent_axis(curves), duration_axis(range), box);
}

}  // namespace lathe::tools
