// SPDX-License-Identifier: MIT

#include "scaling_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "number_axis.hpp"
#include "tools/latency_series.hpp"
#include "tools/plot_page.hpp"
#include "tools/svg_chart.hpp"
#include "tools/svg_markup.hpp"
#include "tools/svg_plot.hpp"

namespace lathe::bench {
namespace {

using tools::ChartAxis;
using tools::ChartPoint;
using tools::PlotCurve;

constexpr double kMegabyte = 1e6;
// A curve that spans more than this is drawn on a logarithmic axis, or its low end is lost.
constexpr double kLinearSpanMax = 20;

// A row of the table: one value of a variable, in one form.
struct Row {
  std::string label;
  const Point& point;
  const Point& base;
};

std::vector<Row> rows_of(const ScalingReport& report, const Variable& variable) {
  std::vector<Row> rows;
  for (const std::string& value : variable.values) {
    for (const std::string& form : report.forms) {
      const std::string label = report.forms.size() == 1 ? value : value + ", " + form;
      rows.push_back({label, find_point(report.points, variable.texts(value), form),
                      find_point(report.points, default_texts(), form)});
    }
  }
  return rows;
}

std::vector<std::string> cells_of(const Row& row) {
  const Rounds& rounds = row.point.rounds;
  const Rounds& base = row.base.rounds;
  return {row.label,
          fmt::format("{:.0f}", median_of(rounds, column(kRecordsPerS))),
          ratio_text(ratio_of(rounds, base, column(kRecordsPerS)).middle),
          fmt::format("{:.1f}", median_of(rounds, column(kBytesPerS)) / kMegabyte),
          ratio_text(ratio_of(rounds, base, column(kBytesPerS)).middle),
          tools::duration_text(median_of(rounds, column(kCallNs))),
          ratio_text(ratio_of(rounds, base, column(kCallNs)).middle),
          fmt::format("{:.0f}", median_of(rounds, column(kRatePerS)))};
}

std::vector<std::vector<std::string>> cells_of(const ScalingReport& report,
                                               const Variable& variable) {
  std::vector<std::vector<std::string>> table{
      {variable.name, "records/s", "ratio", "MB/s", "ratio", "p99.9", "ratio", "calls/s"}};
  for (const Row& row : rows_of(report, variable)) {
    table.push_back(cells_of(row));
  }
  return table;
}

// ---- Charts ------------------------------------------------------------------------------------

// The values side by side: they are names, or grow by factors.
ChartAxis value_axis(const Variable& variable) {
  ChartAxis axis{.name = variable.name,
                 .low = -0.25,
                 .high = static_cast<double>(variable.values.size()) - 0.75,
                 .marks = {}};
  for (std::size_t i = 0; i < variable.values.size(); ++i) {
    axis.marks.push_back({static_cast<double>(i), variable.values[i]});
  }
  return axis;
}

ChartAxis logarithmic_axis(double low, double high) {
  ChartAxis axis{.name = {},
                 .low = std::floor(std::log10(low)),
                 .high = std::ceil(std::log10(high)),
                 .marks = {}};
  for (int power = static_cast<int>(axis.low); power <= axis.high; ++power) {
    const double number = std::pow(10.0, power);
    axis.marks.push_back({static_cast<double>(power), number_text(number)});
    for (int part = 2; part < 10 && power < axis.high; ++part) {
      axis.marks.push_back({std::log10(part * number), {}});
    }
  }
  return axis;
}

// One curve for each form, of the medians of a column.
std::vector<PlotCurve> curves_of(const ScalingReport& report, const Variable& variable,
                                 PointColumn shown) {
  std::vector<PlotCurve> curves;
  for (const std::string& form : report.forms) {
    PlotCurve& curve = curves.emplace_back(PlotCurve{form, tools::curve_style(curves.size()), {}});
    for (std::size_t i = 0; i < variable.values.size(); ++i) {
      const Point& point = find_point(report.points, variable.texts(variable.values[i]), form);
      curve.points.push_back({static_cast<double>(i), median_of(point.rounds, column(shown))});
    }
  }
  return curves;
}

std::pair<double, double> span_of(const std::vector<PlotCurve>& curves) {
  double low = HUGE_VAL;
  double high = 0;
  for (const PlotCurve& curve : curves) {
    for (const ChartPoint& point : curve.points) {
      low = std::min(low, point.y);
      high = std::max(high, point.y);
    }
  }
  return {low, high};
}

void take_logarithms(std::vector<PlotCurve>& curves) {
  for (PlotCurve& curve : curves) {
    for (ChartPoint& point : curve.points) {
      point.y = std::log10(point.y);
    }
  }
}

std::string chart(const std::string& title, const Variable& variable,
                  const std::vector<PlotCurve>& curves, const ChartAxis& upward) {
  constexpr double kHeight = 220;
  tools::ChartBox box;
  box.height = kHeight;
  return fmt::format("<p>{}</p>\n", title) + tools::legend_of(curves) +
         tools::svg_plot(title, curves, value_axis(variable), upward, box);
}

std::string throughput_chart(const ScalingReport& report, const Variable& variable,
                             PointColumn column, const std::string& title) {
  std::vector<PlotCurve> curves = curves_of(report, variable, column);
  const auto [low, high] = span_of(curves);
  if (high <= kLinearSpanMax * low) {
    return chart(title, variable, curves, linear_axis(high));
  }
  take_logarithms(curves);
  return chart(title, variable, curves, logarithmic_axis(low, high));
}

std::string latency_chart(const ScalingReport& report, const Variable& variable) {
  std::vector<PlotCurve> curves = curves_of(report, variable, kCallNs);
  const auto [low, high] = span_of(curves);
  const ChartAxis axis =
      tools::duration_axis({.low_ns = std::pow(10.0, std::floor(std::log10(low))),
                            .high_ns = std::pow(10.0, std::floor(std::log10(high)) + 1)});
  take_logarithms(curves);
  return chart("99.9th percentile of a call", variable, curves, axis);
}

}  // namespace

std::string table_of(const ScalingReport& report) {
  std::string text = report.machine + "\n" + report.settings + "\n";
  for (const Variable& variable : report.variables) {
    text += "\n" + std::string(variable.title) + "\n";
    for (const std::vector<std::string>& cells : cells_of(report, variable)) {
      text += fmt::format("{:<27}{:>11}{:>7}{:>9}{:>7}{:>10}{:>8}{:>9}\n", cells[0], cells[1],
                          cells[2], cells[3], cells[4], cells[5], cells[6], cells[7]);
    }
  }
  return text;
}

std::string page_of(const ScalingReport& report) {
  std::string body =
      fmt::format("<p>{}</p>\n<p class=\"faint\">{}</p>\n", tools::markup_text(report.settings),
                  tools::markup_text(report.machine));
  for (const Variable& variable : report.variables) {
    body += fmt::format("<h2>{}</h2>\n", tools::markup_text(variable.title));
    body += throughput_chart(report, variable, kRecordsPerS, "Records a second, flat out");
    if (variable.changes_record_size) {
      body += throughput_chart(report, variable, kBytesPerS, "Bytes a second, flat out");
    }
    body += latency_chart(report, variable);
    body += tools::html_table(cells_of(report, variable));
  }
  return tools::plot_page("lathe scaling", "How lathe scales", body);
}

}  // namespace lathe::bench
