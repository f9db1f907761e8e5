// SPDX-License-Identifier: MIT

#include "tools/latency_report.hpp"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "latency_report_samples.hpp"
#include "tools/latency_sections.hpp"
#include "tools/latency_series.hpp"
#include "tools/latency_table.hpp"

namespace lathe::tools {
namespace {

TEST(LatencySeriesTest, ShowsThreeDigitsInAUnitThatFits) {
  struct Case {
    double ns;
    const char* want;
  };
  for (const Case& c : {Case{0, "0.00 ns"}, Case{0.52, "0.52 ns"}, Case{9.994, "9.99 ns"},
                        Case{9.996, "10.0 ns"}, Case{45.21, "45.2 ns"}, Case{99.96, "100 ns"},
                        Case{999.4, "999 ns"}, Case{999.6, "1.00 us"}, Case{1234, "1.23 us"},
                        Case{105e6, "105 ms"}, Case{2.5e9, "2.50 s"}, Case{12'345e9, "12345 s"}}) {
    EXPECT_EQ(duration_text(c.ns), c.want) << c.ns;
  }
}

TEST(LatencySeriesTest, TellsNoPercentileOfTooFewSamples) {
  Samples samples;
  for (int i = 0; i < 999; ++i) samples.histogram.record(10);
  EXPECT_TRUE(percentile_ns(samples, kToldPercents[2]));
  EXPECT_FALSE(percentile_ns(samples, kToldPercents[3]));  // 99.9
  samples.histogram.record(10);
  EXPECT_TRUE(percentile_ns(samples, kToldPercents[3]));
  EXPECT_FALSE(percentile_ns(samples, kToldPercents[4]));  // 99.99
}

TEST(LatencySeriesTest, ScalesUnitsToNanoseconds) {
  const Samples samples = made_samples(200, 40, 1000, 0.25);
  EXPECT_EQ(max_ns(samples), 250);
  EXPECT_NEAR(*percentile_ns(samples, kToldPercents[0]), 10.75, 0.5);
}

TEST(LatencySeriesTest, DrawsACurveFromTheLeastToTheLargestWithoutAStepBack) {
  const Samples samples = made_samples(12'345, 80, 77'000);
  const std::vector<CurvePoint> curve = curve_of(samples);
  ASSERT_GT(curve.size(), 80U);  // four nines
  EXPECT_EQ(curve.front().nines, 0);
  EXPECT_EQ(curve.front().ns, 80);
  EXPECT_NEAR(curve.back().nines, 4.0915, 0.0001);
  EXPECT_EQ(curve.back().ns, 77'000);
  for (std::size_t i = 1; i < curve.size(); ++i) {
    EXPECT_GT(curve[i].nines, curve[i - 1].nines);
    EXPECT_GE(curve[i].ns, curve[i - 1].ns);
  }
}

TEST(LatencySeriesTest, DrawsOneSampleAsAPointAndNoneAsNothing) {
  EXPECT_TRUE(curve_of(Samples{}).empty());
  Samples one;
  one.histogram.record(7);
  ASSERT_EQ(curve_of(one).size(), 1U);
  EXPECT_EQ(curve_of(one).front().ns, 7);
}

TEST(LatencyLabelsTest, TellsOncePerReportWhatDoesNotVary) {
  const Labels labels =
      labels_of(made_report({made_case(Form::formatted), made_case(Form::deferred)}).plan);
  EXPECT_EQ(labels.shared,
            "1 thread, 100000 calls/s, numbers, overflow block, sync 1s, not rotated");
  EXPECT_EQ(labels.cases, (std::vector<std::string>{"formatted", "deferred"}));
  EXPECT_EQ(labels.empties, (std::vector<std::string>{"empty measurement"}));
}

TEST(LatencyLabelsTest, TellsInEachRowWhatVaries) {
  LatencyCase last = made_case(Form::formatted, 4, 0);
  last.overflow = Overflow::shed;
  last.sync.name = "every";
  last.size_bytes_max = 64 * KiB;
  last.text_bytes = 40;
  const Labels labels = labels_of(made_report({made_case(Form::formatted), last}).plan);
  EXPECT_EQ(labels.shared, "");
  EXPECT_EQ(labels.cases[0],
            "formatted, 1 thread, 100000 calls/s, numbers, overflow block, sync 1s, not rotated");
  EXPECT_EQ(labels.cases[1],
            "formatted, 4 threads, flat out, text of 40 bytes, overflow shed, sync every, files of "
            "64K");
  EXPECT_EQ(labels.empties[1], "empty measurement, 4 threads, flat out");
}

TEST(LatencySectionsTest, HasNothingThatWasDueWhereCallsGoFlatOut) {
  EXPECT_EQ(sections_of(made_report({made_case(Form::formatted)})).size(), 5U);
  EXPECT_EQ(sections_of(made_report({made_case(Form::formatted, 1, 0)})).size(), 3U);
  // Some of each: the rows that have none are left out.
  const LatencyReport both =
      made_report({made_case(Form::formatted, 1, 0), made_case(Form::formatted)});
  const std::vector<Section> sections = sections_of(both);
  ASSERT_EQ(sections.size(), 5U);
  EXPECT_EQ(rows_of(both, sections[0]).size(), 4U);
  EXPECT_EQ(rows_of(both, sections[1]).size(), 2U);
}

TEST(LatencySectionsTest, WarnsOfWhatSpoilsTheNumbers) {
  LatencyReport report = made_report({made_case(Form::formatted, 4)});
  const std::size_t quiet = notes_of(report).size();
  report.machine.is_optimized = false;
  report.machine.cpu_count = 4;  // and the I/O thread
  report.cases[0].batches.counts.calls_per_s = 94'000;
  EXPECT_EQ(notes_of(report).size(), quiet + 3);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(notes_of(report)[i].find("WARNING: "), 0U);
  }
}

TEST(LatencyTableTest, PutsTheEmptyMeasurementAboveTheCases) {
  const std::string table =
      table_of(made_report({made_case(Form::formatted), made_case(Form::deferred)}));
  const std::size_t empty = table.find("  empty measurement");
  const std::size_t formatted = table.find("  formatted");
  const std::size_t deferred = table.find("  deferred");
  EXPECT_LT(table.find("p99.99"), empty);
  EXPECT_LT(empty, formatted);
  EXPECT_LT(formatted, deferred);
  EXPECT_NE(deferred, std::string::npos);
}

TEST(LatencyTableTest, HasALineOfEqualWidthForEachRow) {
  const LatencyReport report =
      made_report({made_case(Form::formatted, 1), made_case(Form::function, 16)});
  std::istringstream lines(table_of(report));
  std::size_t width = 0;
  int rows = 0;
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(line.size(), 140U) << line;
    if (line.find("  empty measurement, ") == 0) {
      width = width == 0 ? line.size() : width;
      EXPECT_EQ(line.size(), width);
      ++rows;
    }
  }
  EXPECT_EQ(rows, 8);  // two empty measurements in four sections
}

}  // namespace
}  // namespace lathe::tools
