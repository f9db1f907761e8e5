// SPDX-License-Identifier: MIT

#include "tools/plot_page.hpp"

#include <array>

#include <fmt/format.h>

#include "tools/svg_markup.hpp"

namespace lathe::tools {
namespace {

// Colours that can be told apart, on white and on black. A curve keeps its colour in every chart;
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

std::string with_dash(const std::string& colour, std::size_t dash) {
  dash %= kDashes.size();
  return dash == 0 ? colour : fmt::format("{} d{}", colour, dash);
}

std::string table_row(std::string_view tag, const std::vector<std::string>& cells) {
  std::string html = "<tr>";
  for (const std::string& cell : cells) {
    html += fmt::format("<{0}>{1}</{0}>", tag, markup_text(cell));
  }
  return html + "</tr>\n";
}

}  // namespace

std::string curve_style(std::size_t number) {
  return with_dash(fmt::format("c{}", number % kColours.size()), number / kColours.size());
}

std::string empty_style(std::size_t number) { return with_dash("empty", number); }

std::string legend_item(const std::string& label, const std::string& style_name) {
  return fmt::format(
      "<li><svg viewBox=\"0 0 30 10\" aria-hidden=\"true\"><path class=\"curve {}\" "
      "d=\"M0,5 L30,5\"/></svg>{}</li>\n",
      style_name, markup_text(label));
}

std::string html_table(const HtmlTable& table) {
  std::string html = "<div class=\"table\"><table>\n";
  for (std::size_t i = 0; i < table.size(); ++i) {
    html += table_row(i == 0 ? "th" : "td", table[i]);
  }
  return html + "</table></div>\n";
}

std::string plot_page(const std::string& title, const std::string& heading,
                      const std::string& body) {
  return fmt::format(
             "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n"
             "<meta charset=\"utf-8\"/>\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
             "<title>{}</title>\n<style>",
             markup_text(title)) +
         style_sheet() +
         fmt::format("</style>\n</head>\n<body>\n<h1>{}</h1>\n", markup_text(heading)) + body +
         "</body>\n</html>\n";
}

}  // namespace lathe::tools
