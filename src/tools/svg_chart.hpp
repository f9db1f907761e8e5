// SPDX-License-Identifier: MIT
//
// Percentile curves -> SVG: percentiles on an axis of nines, durations on a logarithmic one. Pure.
// Does not know what the curves are of, nor their colours (classes of a style sheet).

#pragma once

#include <string>
#include <vector>

#include "tools/latency_series.hpp"
#include "tools/svg_plot.hpp"

namespace lathe::tools {

struct ChartCurve {
  std::string label;       // shown when pointed at
  std::string style_name;  // class of the line, such as "c0 d1"
  std::vector<CurvePoint> points;
};

// Least and largest duration of the vertical axis: powers of ten.
struct DurationRange {
  double low_ns = 1;
  double high_ns = 10;
};

// The powers of ten around all points of the curves, from 0.1 ns up.
//
// Tested by: SvgChartTest
[[nodiscard]] DurationRange range_of(const std::vector<ChartCurve>& curves);

// The vertical axis, in log10 of nanoseconds.
[[nodiscard]] ChartAxis duration_axis(const DurationRange& range);

// An <svg> element, well-formed, with axes, grid and a <path> for each curve. What lies outside of
// the range is drawn at its edge. Curves have no steps back, in neither direction, if their points
// have none.
//
// Tested by: SvgChartTest
[[nodiscard]] std::string svg_chart(const std::string& title, const std::vector<ChartCurve>& curves,
                                    const DurationRange& range, const ChartBox& box = {});

}  // namespace lathe::tools
