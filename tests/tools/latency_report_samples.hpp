// SPDX-License-Identifier: MIT
//
// A report by hand, for the tests of what is made of reports.

#pragma once

#include <cstdint>

#include "tools/latency_report.hpp"

namespace lathe::tools {

// `count` samples: most of them `usual` units, one in a hundred ten times as long, one `worst`.
inline Samples made_samples(std::uint64_t count, std::uint64_t usual, std::uint64_t worst,
                            double ns_per_unit = 1) {
  Samples samples;
  samples.ns_per_unit = ns_per_unit;
  for (std::uint64_t i = 1; i < count; ++i) {
    samples.histogram.record(i % 100 == 0 ? 10 * usual : usual + i % 7);
  }
  samples.histogram.record(worst);
  return samples;
}

inline Measurement made_measurement(std::uint64_t usual, bool is_paced) {
  Measurement measurement;
  measurement.timing.service = made_samples(20'000, usual, 40'000, 0.5);
  if (is_paced) {
    measurement.timing.response = made_samples(20'000, usual + 10, 90'000, 0.5);
  }
  measurement.counts = {.calls = 20'020, .written = 20'020, .bytes = 1'801'800};
  measurement.counts.calls_per_s = 100'000;
  measurement.residence = made_samples(150, 1'000'000, 9'000'000);
  return measurement;
}

// Each case with its empty measurement, as a run makes it.
inline LatencyReport made_report(const std::vector<LatencyCase>& cases) {
  LatencyReport report;
  report.machine = {.version = "0.1.0",
                    .cpu = "CPU <\"fast\" & small>",
                    .cpu_count = 8,
                    .kernel = "Linux 6.1 x86_64",
                    .compiler = "gcc 12.2.0",
                    .date = "2026-11-22 13:50:33",
                    .clock = "a counter",
                    .ns_per_tick = 0.5};
  report.plan.cases = cases;
  report.plan.calls_max = 20'000;
  report.plan.folder = "/tmp";
  std::uint64_t usual = 30;
  for (const LatencyCase& each : cases) {
    const bool is_paced = each.rate_per_s != 0;
    if (report.empties.empty() || report.empties.back().threads != each.threads ||
        report.empties.back().rate_per_s != each.rate_per_s) {
      EmptyReport& empty = report.empties.emplace_back();
      empty.threads = each.threads;
      empty.rate_per_s = each.rate_per_s;
      empty.calls = made_measurement(12, is_paced).timing;
      empty.batches = made_measurement(1, is_paced).timing;
    }
    usual += 50;
    report.cases.push_back(
        {each, made_measurement(usual, is_paced), made_measurement(usual / 2, is_paced)});
  }
  return report;
}

inline LatencyCase made_case(Form form, unsigned threads = 1, std::uint64_t rate_per_s = 100'000) {
  LatencyCase made;
  made.form = form;
  made.threads = threads;
  made.rate_per_s = rate_per_s;
  return made;
}

}  // namespace lathe::tools
