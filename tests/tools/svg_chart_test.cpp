// SPDX-License-Identifier: MIT

#include "tools/svg_chart.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <regex>
#include <string>
#include <vector>

#include "latency_report_samples.hpp"
#include "tools/latency_json.hpp"
#include "tools/latency_plot.hpp"
#include "tools/svg_markup.hpp"
#include "tools/tick_clock.hpp"

namespace lathe::tools {
namespace {

struct Spot {
  double x;
  double y;
};

// The points of every path in the text that has the class.
std::vector<std::vector<Spot>> paths_of(const std::string& svg) {
  std::vector<std::vector<Spot>> paths;
  const std::regex path("<path class=\"curve [^\"]*\" d=\"([^\"]*)\"><title>");
  const std::regex point("(-?[0-9.]+),(-?[0-9.]+)");
  for (std::sregex_iterator found(svg.begin(), svg.end(), path), end; found != end; ++found) {
    const std::string data = (*found)[1];
    std::vector<Spot>& spots = paths.emplace_back();
    for (std::sregex_iterator at(data.begin(), data.end(), point); at != end; ++at) {
      spots.push_back({std::stod((*at)[1]), std::stod((*at)[2])});
    }
  }
  return paths;
}

void expect_rising_inside(const std::vector<Spot>& spots, const ChartBox& box) {
  ASSERT_FALSE(spots.empty());
  for (std::size_t i = 0; i < spots.size(); ++i) {
    EXPECT_GE(spots[i].x, box.left);
    EXPECT_LE(spots[i].x, box.left + box.width);
    EXPECT_GE(spots[i].y, box.top);
    EXPECT_LE(spots[i].y, box.top + box.height);
    if (i != 0) {
      EXPECT_GE(spots[i].x, spots[i - 1].x);
      EXPECT_LE(spots[i].y, spots[i - 1].y);  // up is less in SVG
    }
  }
}

ChartCurve made_curve(const char* label, const Samples& samples) {
  return {label, "c0", curve_of(samples)};
}

TEST(SvgChartTest, PutsNinesAndPowersOfTenAtEqualDistances) {
  const ChartBox box{.left = 100, .top = 10, .width = 400, .height = 300};
  const ChartCurve curve{"x", "c0", {{0, 1}, {1, 10}, {2, 100}, {4, 1000}}};
  const auto paths = paths_of(svg_chart("t", {curve}, {.low_ns = 1, .high_ns = 1000}, box));
  ASSERT_EQ(paths.size(), 1U);
  const std::vector<Spot> want{{100, 310}, {200, 210}, {300, 110}, {500, 10}};
  ASSERT_EQ(paths[0].size(), want.size());
  for (std::size_t i = 0; i < want.size(); ++i) {
    EXPECT_NEAR(paths[0][i].x, want[i].x, 0.051);
    EXPECT_NEAR(paths[0][i].y, want[i].y, 0.051);
  }
}

TEST(SvgChartTest, DrawsEveryCurveInsideOfItsBoxAndWithoutAStepBack) {
  const std::vector<ChartCurve> curves{made_curve("a", made_samples(50'000, 20, 3'000'000)),
                                       made_curve("b", made_samples(300, 7'000, 7'100)),
                                       made_curve("none", Samples{})};
  for (const DurationRange& range :
       {range_of(curves), DurationRange{.low_ns = 100, .high_ns = 1000}}) {
    const auto paths = paths_of(svg_chart("t", curves, range));
    ASSERT_EQ(paths.size(), 2U);
    for (const std::vector<Spot>& path : paths) {
      expect_rising_inside(path, {});
    }
  }
}

TEST(SvgChartTest, NamesBothAxesWithUnits) {
  const std::string svg = svg_chart("t", {made_curve("a", made_samples(50'000, 20, 3'000'000))},
                                    {.low_ns = 10, .high_ns = 1e7});
  for (const char* label :
       {">0 %<", ">50 %<", ">90 %<", ">99 %<", ">99.9 %<", ">99.99 %<", ">10 ns<", ">100 ns<",
        ">1 us<", ">10 us<", ">100 us<", ">1 ms<", ">10 ms<"}) {
    EXPECT_NE(svg.find(label), std::string::npos) << label;
  }
  EXPECT_EQ(svg.find(">99.999 %<"), std::string::npos);  // 50,000 samples have none
}

TEST(SvgChartTest, ChoosesPowersOfTenAroundAllPoints) {
  struct Case {
    double low;
    double high;
    DurationRange want;
  };
  for (const Case& c : {Case{20, 3000, {10, 10'000}}, Case{10, 1000, {10, 1000}},
                        Case{100, 100, {100, 1000}}, Case{0, 5, {0.1, 10}}}) {
    const DurationRange range = range_of({{"x", "c0", {{0, c.low}, {1, c.high}}}});
    EXPECT_NEAR(range.low_ns, c.want.low_ns, 1e-9);
    EXPECT_NEAR(range.high_ns, c.want.high_ns, 1e-6);
  }
  EXPECT_GT(range_of({}).high_ns, range_of({}).low_ns);
}

TEST(SvgChartTest, TakesTextForTextAndNotForMarkup) {
  EXPECT_EQ(markup_text("a<b> & \"c\""), "a&lt;b&gt; &amp; &quot;c&quot;");
}

TEST(LatencyPlotTest, DrawsEachCaseInEachSectionAndNeedsNothingElse) {
  const std::string html =
      plot_of(made_report({made_case(Form::formatted), made_case(Form::deferred)}));
  const auto paths = paths_of(html);
  EXPECT_EQ(paths.size(), 4U * 3 + 2);  // with the empty measurement, which residence has not
  for (const std::vector<Spot>& path : paths) {
    expect_rising_inside(path, {});
  }
  for (const char* absent : {"<script", "src=", "href=", "url(", "@import", "CPU <"}) {
    EXPECT_EQ(html.find(absent), std::string::npos) << absent;
  }
  EXPECT_NE(html.find("prefers-color-scheme: dark"), std::string::npos);
}

TEST(LatencyPlotTest, TellsMoreCasesThanColoursApart) {
  std::vector<LatencyCase> cases;
  for (unsigned threads = 1; threads <= 20; ++threads) {
    cases.push_back(made_case(Form::formatted, threads, 0));
  }
  const std::string html = plot_of(made_report(cases));
  for (const char* style : {"\"curve c0\"", "\"curve c7\"", "\"curve c0 d1\"", "\"curve c3 d2\"",
                            "\"curve empty\"", "\"curve empty d3\""}) {
    EXPECT_NE(html.find(style), std::string::npos) << style;
  }
}

TEST(LatencyJsonTest, EscapesWhatTheMachineCallsItself) {
  LatencyReport report = made_report({made_case(Form::formatted)});
  report.plan.folder = "a\\b\n";
  const std::string json = json_of(report);
  EXPECT_NE(json.find(R"("cpu": "CPU <\"fast\" & small>")"), std::string::npos);
  EXPECT_NE(json.find(R"("folder": "a\\b\u000a")"), std::string::npos);
}

TEST(LatencyJsonTest, HasNullForWhatWasNotMeasured) {
  const std::string json = json_of(made_report({made_case(Form::formatted, 1, 0)}));
  EXPECT_NE(json.find("\"from_due_ns\": null"), std::string::npos);
  EXPECT_NE(json.find("\"failure\": null"), std::string::npos);
  EXPECT_NE(json.find("\"p99.9\": null"), std::string::npos);  // 150 samples of residence
}

TEST(TickClockTest, NeverGoesBackAndHasAPlausibleRate) {
  const TickClock clock;
  std::uint64_t last = clock.read();
  for (int i = 0; i < 10'000; ++i) {
    const std::uint64_t now = clock.read();
    EXPECT_GE(now, last);
    last = now;
  }
  EXPECT_GT(clock.ns_per_tick(), 0.01);   // 100 GHz
  EXPECT_LT(clock.ns_per_tick(), 1100.);  // 1 MHz, the slowest there is
  EXPECT_NEAR(clock.ticks_of(std::chrono::seconds(1)) * clock.ns_per_tick(), 1e9, 1);
}

}  // namespace
}  // namespace lathe::tools
