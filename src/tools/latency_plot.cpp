// SPDX-License-Identifier: MIT

#include "tools/latency_plot.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "tools/latency_sections.hpp"
#include "tools/latency_series.hpp"
#include "tools/svg_chart.hpp"

namespace lathe::tools {
namespace {

// Colours that can be told apart, on white and on black. A case keeps its colour in every chart;
// those beyond the eighth have the colours again with other dashes.
struct Colour {
  const char* light;
  const char* dark;
};
constexpr std::array<Colour, 8> kColours{{{"#0b5fc0", "#6cb0ff"},
                                          {"#c8323f", "#ff8b94"},
                                          {"#1d7d46", "#6fd39b"},
                                          {"#7c4bb8", "#c3a1f2"},
                                          {"#b06000", "#ffb454"},
                                          {"#0a7a7c", "#5fd3d5"},
                                          {"#a63a94", "#f093dc"},
                                          {"#56651a", "#c4d36b"}}};
constexpr std::array<const char*, 4> kDashes{"none", "7 4", "2 3", "10 3 2 3"};

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1c1e21; --faint: #5b6068;
  --grid: #d5d9de; --fine: #eef0f2; --empty: #8b9097; }
body { font: 15px/1.45 system-ui, sans-serif; background: var(--paper); color: var(--ink);
  max-width: 960px; margin: 24px auto; padding: 0 16px; }
h1 { font-size: 22px; margin: 0 0 4px; }
h2 { font-size: 17px; margin: 32px 0 4px; }
p { margin: 4px 0; }
.faint { color: var(--faint); font-size: 13px; }
svg { width: 100%; height: auto; display: block; }
svg text { font: 12px system-ui, sans-serif; fill: var(--faint); }
.grid { stroke: var(--grid); }
.fine { stroke: var(--fine); }
.box { fill: none; stroke: var(--grid); }
.curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
.curve:hover { stroke-width: 4; }
.empty { stroke: var(--empty); stroke-width: 1.5; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; list-style: none; padding: 0;
  margin: 6px 0; font-size: 13px; }
.legend svg { display: inline-block; width: 30px; height: 10px; vertical-align: middle;
  margin-right: 6px; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 2px 10px; border-bottom: 1px solid var(--fine);
  white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
)";

constexpr std::string_view kDarkRoot =
    ":root { --paper: #15171a; --ink: #e7e9ec; --faint: #a3a9b1; --grid: #3a3f46; "
    "--fine: #24282d; --empty: #8b9097; }";

std::string style_sheet() {
  std::string css(kStyle);
  std::string dark = fmt::format("{}\n", kDarkRoot);
  for (std::size_t i = 0; i < kColours.size(); ++i) {
    css += fmt::format(".c{} {{ stroke: {}; }}\n", i, kColours[i].light);
    dark += fmt::format(".c{} {{ stroke: {}; }}\n", i, kColours[i].dark);
  }
  for (std::size_t i = 1; i < kDashes.size(); ++i) {
    css += fmt::format(".d{} {{ stroke-dasharray: {}; }}\n", i, kDashes[i]);
  }
  return css + "@media (prefers-color-scheme: dark) {\n" + dark + "}\n";
}

std::string style_name(const SectionRow& row) {
  const std::size_t dash =
      (row.is_empty_measurement ? row.number : row.number / kColours.size()) % kDashes.size();
  const std::string colour =
      row.is_empty_measurement ? "empty" : fmt::format("c{}", row.number % kColours.size());
  return dash == 0 ? colour : fmt::format("{} d{}", colour, dash);
}

std::vector<ChartCurve> curves_of(const std::vector<SectionRow>& rows) {
  std::vector<ChartCurve> curves;
  curves.reserve(rows.size());
  for (const SectionRow& row : rows) {
    curves.push_back({row.label, style_name(row), curve_of(row.samples)});
  }
  return curves;
}

std::string legend(const std::vector<ChartCurve>& curves) {
  std::string html = "<ul class=\"legend\">\n";
  for (const ChartCurve& curve : curves) {
    html += fmt::format(
        "<li><svg viewBox=\"0 0 30 10\" aria-hidden=\"true\"><path class=\"curve {}\" "
        "d=\"M0,5 L30,5\"/></svg>{}</li>\n",
        curve.style_name, markup_text(curve.label));
  }
  return html + "</ul>\n";
}

std::string table_row(std::string_view tag, const std::vector<std::string>& cells) {
  std::string html = "<tr>";
  for (const std::string& cell : cells) {
    html += fmt::format("<{0}>{1}</{0}>", tag, markup_text(cell));
  }
  return html + "</tr>\n";
}

std::string percentile_table(const std::vector<SectionRow>& rows) {
  std::vector<std::string> heads{""};
  for (const ToldPercent& told : kToldPercents) {
    heads.push_back(fmt::format("{} %", told.name));
  }
  heads.insert(heads.end(), {"max", "samples"});
  std::string html = "<div class=\"table\"><table>\n" + table_row("th", heads);
  for (const SectionRow& row : rows) {
    std::vector<std::string> cells{row.label};
    for (const ToldPercent& told : kToldPercents) {
      const std::optional<double> ns = percentile_ns(row.samples, told);
      cells.push_back(ns ? duration_text(*ns) : "-");
    }
    cells.push_back(duration_text(max_ns(row.samples)));
    cells.push_back(std::to_string(row.samples.histogram.count()));
    html += table_row("td", cells);
  }
  return html + "</table></div>\n";
}

std::string count_table(const LatencyReport& report) {
  const Labels labels = labels_of(report.plan);
  std::vector<std::string> heads{""};
  heads.insert(heads.end(), count_names().begin(), count_names().end());
  std::string html = "<div class=\"table\"><table>\n" + table_row("th", heads);
  const auto add = [&](const std::string& label, const Measurement& measurement) {
    std::vector<std::string> cells = count_texts(measurement.counts);
    cells.insert(cells.begin(), label);
    html += table_row("td", cells);
  };
  for (std::size_t i = 0; i < report.cases.size(); ++i) {
    add(labels.cases[i] + ", calls", report.cases[i].calls);
    add(labels.cases[i] + ", batches", report.cases[i].batches);
  }
  return html + "</table></div>\n";
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
      "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n"
      "<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<title>lathe latency</title>\n<style>" +
      style_sheet() + "</style>\n</head>\n<body>\n<h1>Latency of lathe</h1>\n";
  html += fmt::format("<p>{}</p>\n<p class=\"faint\">{}</p>\n", markup_text(settings_text(report)),
                      markup_text(machine_text(report.machine)));
  const DurationRange shared_range = call_site_range(report);
  for (const Section& section : sections_of(report)) {
    const std::vector<SectionRow> rows = rows_of(report, section);
    const std::vector<ChartCurve> curves = curves_of(rows);
    html += fmt::format("<h2>{}</h2>\n", section.title) + legend(curves);
    html +=
        svg_chart(section.title, curves, section.is_at_call_site ? shared_range : range_of(curves));
    html += percentile_table(rows);
  }
  html += "<h2>Counts</h2>\n" + count_table(report);
  for (const std::string& note : notes_of(report)) {
    html += fmt::format("<p class=\"faint\">{}</p>\n", markup_text(note));
  }
  return html + "</body>\n</html>\n";
}

}  // namespace lathe::tools
