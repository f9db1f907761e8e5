// SPDX-License-Identifier: MIT

#include "tools/svg_chart.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

namespace lathe::tools {
namespace {

constexpr double kLeastNs = 0.1;  // where the vertical axis may begin: a logarithm has no zero
constexpr double kRightMargin = 16;
constexpr double kBottomMargin = 46;
constexpr double kTickText = 16;  // from the box to its labels' base line
constexpr double kAxisText = 38;  // and to the axis's name
constexpr double kLabelGap = 8;   // left of the box
constexpr double kBaseLine = 4;   // from the middle of a text to its base line
constexpr double kNinesMin = 1;   // the axis shows at least 90 %

// Coordinates of a chart.
class Scale {
 public:
  Scale(const ChartBox& box, const DurationRange& range, double nines)
      : box_(box),
        low_(std::log10(range.low_ns)),
        high_(std::log10(range.high_ns)),
        nines_(nines) {}

  [[nodiscard]] double x(double nines) const {
    return box_.left + box_.width * std::clamp(nines / nines_, 0.0, 1.0);
  }
  [[nodiscard]] double y(double ns) const {
    const double part = (std::log10(std::max(ns, kLeastNs)) - low_) / (high_ - low_);
    return box_.top + box_.height * (1 - std::clamp(part, 0.0, 1.0));
  }
  [[nodiscard]] double nines() const { return nines_; }

 private:
  ChartBox box_;
  double low_;
  double high_;
  double nines_;
};

double nines_of(const std::vector<ChartCurve>& curves) {
  double nines = kNinesMin;
  for (const ChartCurve& curve : curves) {
    if (!curve.points.empty()) {
      nines = std::max(nines, curve.points.back().nines);
    }
  }
  return nines;
}

std::string line(std::string_view name, double x1, double y1, double x2, double y2) {
  return fmt::format(
      "<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n", name, x1,
      y1, x2, y2);
}

std::string text_at(std::string_view anchor, double x, double y, std::string_view text) {
  return fmt::format("<text text-anchor=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", anchor, x, y,
                     text);
}

// "90 %", "99.99 %".
std::string percent_text(int nines) {
  return nines == 0   ? "0 %"
         : nines == 1 ? "90 %"
                      : fmt::format("{:.{}f} %", 100 - std::pow(10.0, 2 - nines), nines - 2);
}

std::string percent_axis(const ChartBox& box, const Scale& scale) {
  std::string svg;
  const double bottom = box.top + box.height;
  const auto mark = [&](double nines, const std::string& label) {
    svg += line("grid", scale.x(nines), box.top, scale.x(nines), bottom);
    svg += text_at("middle", scale.x(nines), bottom + kTickText, label);
  };
  for (int nines = 0; nines <= scale.nines(); ++nines) {
    mark(nines, percent_text(nines));
  }
  mark(std::log10(2.0), "50 %");
  return svg + text_at("middle", box.left + box.width / 2, bottom + kAxisText,
                       "part of all samples that took at most this long");
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

std::string duration_axis(const ChartBox& box, const Scale& scale, const DurationRange& range) {
  std::string svg;
  const int low = static_cast<int>(std::lround(std::log10(range.low_ns)));
  const int high = static_cast<int>(std::lround(std::log10(range.high_ns)));
  for (int power = low; power <= high; ++power) {
    const double ns = std::pow(10.0, power);
    const double y = scale.y(ns);
    svg += line("grid", box.left, y, box.left + box.width, y);
    svg += text_at("end", box.left - kLabelGap, y + kBaseLine, power_text(ns));
    for (int part = 2; part < 10 && power < high; ++part) {
      svg += line("fine", box.left, scale.y(part * ns), box.left + box.width, scale.y(part * ns));
    }
  }
  return svg;
}

// Between two points straight, so that nothing is shown that was not measured there.
std::string curve_path(const ChartCurve& curve, const Scale& scale) {
  std::string data;
  for (const CurvePoint& point : curve.points) {
    data += fmt::format("{}{:.1f},{:.1f}", data.empty() ? "M" : " L", scale.x(point.nines),
                        scale.y(point.ns));
  }
  const std::string label = markup_text(curve.label);
  return fmt::format("<path class=\"curve {}\" d=\"{}\"><title>{}</title></path>\n",
                     curve.style_name, data, label);
}

}  // namespace

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
  const Scale scale(box, range, nines_of(curves));
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" "
      "aria-label=\"{}\">\n",
      box.left + box.width + kRightMargin, box.top + box.height + kBottomMargin,
      markup_text(title));
  svg += duration_axis(box, scale, range);
  svg += percent_axis(box, scale);
  svg += fmt::format(
      "<rect class=\"box\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n",
      box.left, box.top, box.width, box.height);
  for (const ChartCurve& curve : curves) {
    if (!curve.points.empty()) {
      svg += curve_path(curve, scale);
    }
  }
  return svg + "</svg>\n";
}

std::string markup_text(const std::string& text) {
  std::string markup;
  for (const char c : text) {
    switch (c) {
      case '&':
        markup += "&amp;";
        break;
      case '<':
        markup += "&lt;";
        break;
      case '>':
        markup += "&gt;";
        break;
      case '"':
        markup += "&quot;";
        break;
      default:
        markup += c;
    }
  }
  return markup;
}

}  // namespace lathe::tools
