// SPDX-License-Identifier: MIT

#include "tools/latency_plot.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tools/latency_sections.hpp"
#include "tools/latency_series.hpp"
#include "tools/plot_page.hpp"
#include "tools/svg_chart.hpp"
#include "tools/svg_markup.hpp"

namespace lathe::tools {
namespace {

std::string style_name(const SectionRow& row) {
  return row.is_empty_measurement ? empty_style(row.number) : curve_style(row.number);
}

std::vector<ChartCurve> curves_of(const std::vector<SectionRow>& rows) {
  std::vector<ChartCurve> curves;
  curves.reserve(rows.size());
  for (const SectionRow& row : rows) {
    curves.push_back({row.label, style_name(row), curve_of(row.samples)});
  }
  return curves;
}

std::string percentile_table(const std::vector<SectionRow>& rows) {
  HtmlTable table(1);
  table[0].emplace_back();
  for (const ToldPercent& told : kToldPercents) {
    table[0].push_back(fmt::format("{} %", told.name));
  }
  table[0].insert(table[0].end(), {"max", "samples"});
  for (const SectionRow& row : rows) {
    std::vector<std::string>& cells = table.emplace_back();
    cells.push_back(row.label);
    for (const ToldPercent& told : kToldPercents) {
      const std::optional<double> ns = percentile_ns(row.samples, told);
      cells.push_back(ns ? duration_text(*ns) : "-");
    }
    cells.push_back(duration_text(max_ns(row.samples)));
    cells.push_back(std::to_string(row.samples.histogram.count()));
  }
  return html_table(table);
}

std::string count_table(const LatencyReport& report) {
  const Labels labels = labels_of(report.plan);
  HtmlTable table(1);
  table[0].emplace_back();
  table[0].insert(table[0].end(), count_names().begin(), count_names().end());
  const auto add = [&](const std::string& label, const Measurement& measurement) {
    std::vector<std::string> cells = count_texts(measurement.counts);
    cells.insert(cells.begin(), label);
    table.push_back(std::move(cells));
  };
  for (std::size_t i = 0; i < report.cases.size(); ++i) {
    add(labels.cases[i] + ", calls", report.cases[i].calls);
    add(labels.cases[i] + ", batches", report.cases[i].batches);
  }
  return html_table(table);
}

// One scale for everything that a caller waits for, so that charts can be compared; residence has
// its own.
DurationRange call_site_range(const LatencyReport& report) {
  std::vector<ChartCurve> all;
  for (const Section& section : sections_of(report)) {
    if (section.is_at_call_site) {
      const std::vector<ChartCurve> some = curves_of(rows_of(report, section));
      all.insert(all.end(), some.begin(), some.end());
    }
  }
  return range_of(all);
}

}  // namespace

std::string plot_of(const LatencyReport& report) {
  std::string html =
      fmt::format("<p>{}</p>\n<p class=\"faint\">{}</p>\n", markup_text(settings_text(report)),
                  markup_text(machine_text(report.machine)));
  const DurationRange shared_range = call_site_range(report);
  for (const Section& section : sections_of(report)) {
    const std::vector<SectionRow> rows = rows_of(report, section);
    const std::vector<ChartCurve> curves = curves_of(rows);
    html += fmt::format("<h2>{}</h2>\n", section.title) + legend_of(curves);
    html +=
        svg_chart(section.title, curves, section.is_at_call_site ? shared_range : range_of(curves));
    html += percentile_table(rows);
  }
  html += "<h2>Counts</h2>\n" + count_table(report);
  for (const std::string& note : notes_of(report)) {
    html += fmt::format("<p class=\"faint\">{}</p>\n", markup_text(note));
  }
  return plot_page("lathe latency", "Latency of lathe", html);
}

}  // namespace lathe::tools
