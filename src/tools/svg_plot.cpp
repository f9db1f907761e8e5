// SPDX-License-Identifier: MIT

#include "tools/svg_plot.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tools/svg_markup.hpp"

namespace lathe::tools {
namespace {

constexpr double kRightMargin = 16;
constexpr double kBottomMargin = 46;
constexpr double kTickText = 16;  // from the box to its labels' base line
constexpr double kAxisText = 38;  // and to the axis's name
constexpr double kLabelGap = 8;   // left of the box
constexpr double kBaseLine = 4;   // from the middle of a text to its base line

// Coordinates of a chart.
class Scale {
 public:
  Scale(const ChartBox& box, const ChartAxis& across, const ChartAxis& upward)
      : box_(box), across_(across), upward_(upward) {}

  [[nodiscard]] double x(double value) const {
    return box_.left + box_.width * part_of(across_, value);
  }
  [[nodiscard]] double y(double value) const {
    return box_.top + box_.height * (1 - part_of(upward_, value));
  }

 private:
  static double part_of(const ChartAxis& axis, double value) {
    return std::clamp((value - axis.low) / (axis.high - axis.low), 0.0, 1.0);
  }

  const ChartBox& box_;
  const ChartAxis& across_;
  const ChartAxis& upward_;
};

std::string across_marks(const ChartBox& box, const Scale& scale, const ChartAxis& axis) {
  std::string svg;
  const double bottom = box.top + box.height;
  for (const AxisMark& mark : axis.marks) {
    const double x = scale.x(mark.value);
    svg += svg_line(mark.label.empty() ? "fine" : "grid", x, box.top, x, bottom);
    if (!mark.label.empty()) {
      svg += svg_text("middle", x, bottom + kTickText, mark.label);
    }
  }
  return svg + svg_text("middle", box.left + box.width / 2, bottom + kAxisText, axis.name);
}

// Turned text is hard to read: what is above the chart says what this axis counts.
std::string upward_marks(const ChartBox& box, const Scale& scale, const ChartAxis& axis) {
  std::string svg;
  for (const AxisMark& mark : axis.marks) {
    const double y = scale.y(mark.value);
    svg += svg_line(mark.label.empty() ? "fine" : "grid", box.left, y, box.left + box.width, y);
    if (!mark.label.empty()) {
      svg += svg_text("end", box.left - kLabelGap, y + kBaseLine, mark.label);
    }
  }
  return svg;
}

// Between two points straight, so that nothing is shown that was not measured there.
std::string curve_path(const PlotCurve& curve, const Scale& scale) {
  std::string data;
  for (const ChartPoint& point : curve.points) {
    data += fmt::format("{}{:.1f},{:.1f}", data.empty() ? "M" : " L", scale.x(point.x),
                        scale.y(point.y));
  }
  const std::string label = markup_text(curve.label);
  return fmt::format("<path class=\"curve {}\" d=\"{}\"><title>{}</title></path>\n",
                     curve.style_name, data, label);
}

}  // namespace

std::string svg_plot(const std::string& title, const std::vector<PlotCurve>& curves,
                     const ChartAxis& across, const ChartAxis& upward, const ChartBox& box) {
  const Scale scale(box, across, upward);
  std::string svg =
      svg_head(title, box.left + box.width + kRightMargin, box.top + box.height + kBottomMargin);
  svg += upward_marks(box, scale, upward);
  svg += across_marks(box, scale, across);
  svg += fmt::format(
      "<rect class=\"box\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n",
      box.left, box.top, box.width, box.height);
  for (const PlotCurve& curve : curves) {
    if (!curve.points.empty()) {
      svg += curve_path(curve, scale);
    }
  }
  return svg + "</svg>\n";
}

}  // namespace lathe::tools
