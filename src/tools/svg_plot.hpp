// SPDX-License-Identifier: MIT
//
// Curves and two axes -> SVG. Pure. Does not know what the curves are of, what their axes count,
// nor their colours (classes of a style sheet: plot_page.hpp).

#pragma once

#include <string>
#include <vector>

namespace lathe::tools {

// In the units of the axes; where an axis is logarithmic, these are logarithms.
struct ChartPoint {
  double x;
  double y;
};

struct PlotCurve {
  std::string label;       // shown when pointed at
  std::string style_name;  // class of the line, such as "c0 d1"
  std::vector<ChartPoint> points;
};

// A line across the chart; a fine one if there is no label.
struct AxisMark {
  double value;
  std::string label;
};

struct ChartAxis {
  std::string name;  // shown below the chart, where the axis goes across
  double low = 0;
  double high = 1;
  std::vector<AxisMark> marks;
};

// Where the curves are drawn, in the coordinates of the SVG.
struct ChartBox {
  double left = 64;
  double top = 12;
  double width = 820;
  double height = 330;
};

// An <svg> element, well-formed, with axes, grid and a <path> for each curve that has points. What
// lies outside of the axes is drawn at their ends.
//
// Tested by: SvgChartTest
[[nodiscard]] std::string svg_plot(const std::string& title, const std::vector<PlotCurve>& curves,
                                   const ChartAxis& across, const ChartAxis& upward,
                                   const ChartBox& box = {});

}  // namespace lathe::tools
