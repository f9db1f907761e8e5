// SPDX-License-Identifier: MIT

#include "compare/page.hpp"

#include <fmt/format.h>

#include <cmath>

#include "compare/bar_chart.hpp"
#include "compare/sections.hpp"
#include "statistics.hpp"
#include "tools/plot_page.hpp"
#include "tools/svg_chart.hpp"
#include "tools/svg_markup.hpp"

namespace lathe::compare {
namespace {

// A contender has its colour in all charts; those of the floor are grey.
std::vector<std::string> styles_of(const std::vector<Results>& all) {
  std::vector<std::string> styles;
  std::size_t floors = 0;
  std::size_t loggers = 0;
  for (const Results& results : all) {
    const bool is_floor = results.throughput.empty() != results.batches.empty() ||
                          results.contender.throughput == nullptr ||
                          results.contender.batches == nullptr;
    styles.push_back(is_floor ? tools::empty_style(floors++) : tools::curve_style(loggers++));
  }
  return styles;
}

std::string throughput_chart(const std::vector<Results>& all,
                             const std::vector<std::string>& styles) {
  std::vector<Bar> bars;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i].throughput.empty()) {
      const std::vector<double> rates = bench::each(
          all[i].throughput, [](const Report& report) { return records_per_second(report) / 1e6; });
      bars.push_back(
          {all[i].contender.title, styles[i], bench::median(rates), bench::median_interval(rates)});
    }
  }
  return bar_chart("Throughput", bars, "million records a second");
}

// Each percentile is the median of the rounds'.
tools::ChartCurve curve_of(const Results& results, const bench::Rounds& reports,
                           const std::string& style) {
  tools::ChartCurve curve{results.contender.title, style, {}};
  for (std::size_t i = 0; i < kCurvePercents.size(); ++i) {
    const double ns = bench::median_of(reports, bench::column(i));
    curve.points.push_back({-std::log10(1 - kCurvePercents[i] / 100), ns});
  }
  return curve;
}

std::string latency_chart(const std::string& title, const std::vector<Results>& all,
                          const std::vector<std::string>& styles, bench::Rounds Results::*kind) {
  std::vector<tools::ChartCurve> curves;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!(all[i].*kind).empty()) {
      curves.push_back(curve_of(all[i], all[i].*kind, styles[i]));
    }
  }
  return tools::legend_of(curves) + tools::svg_chart(title, curves, tools::range_of(curves));
}

std::string html_table(const TextTable& table) {
  tools::HtmlTable rows = table.rows;
  rows.insert(rows.begin(), table.heads);
  return tools::html_table(rows);
}

}  // namespace

std::string page_of(const Plan& plan, const std::vector<Results>& all,
                    const std::vector<std::string>& head) {
  // What bars have beyond curves.
  std::string html = "<style>.interval { stroke: var(--ink); stroke-width: 1.5; }</style>\n";
  for (const std::string& paragraph : head) {
    html += fmt::format("<p class=\"faint\">{}</p>\n", tools::markup_text(paragraph));
  }
  const std::vector<std::string> styles = styles_of(all);
  const std::vector<Section> sections = sections_of(plan, all);
  std::vector<std::string> charts;
  if (plan.throughput) {
    charts.push_back(throughput_chart(all, styles));
  }
  if (plan.latency) {
    charts.push_back(latency_chart("Latency at rest", all, styles, &Results::batches));
    charts.push_back(latency_chart("Latency flat out", all, styles, &Results::calls));
  }
  for (std::size_t i = 0; i < sections.size(); ++i) {
    html +=
        fmt::format("<h2>{}</h2>\n<p>{}</p>\n{}{}", sections[i].title,
                    tools::markup_text(sections[i].text), charts[i], html_table(sections[i].table));
  }
  return tools::plot_page("lathe and others", "lathe and other loggers", html);
}

}  // namespace lathe::compare
