// SPDX-License-Identifier: MIT

#include "compare/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "statistics.hpp"

namespace lathe::compare {
namespace {

using bench::median;

constexpr double kMiB = 1024 * 1024;

// Ratio to the baseline, round by round: "6.31 (5.92 to 6.70)"; a dash where there is no such
// measurement of the baseline, and its own is 1.
template <class Value>
std::string ratio_cell(const bench::Rounds& rounds, const bench::Rounds& baseline,
                       const Value& value) {
  if (baseline.empty()) {
    return "-";
  }
  if (&rounds == &baseline) {
    return "1";
  }
  std::vector<double> ratios = bench::ratios_of(rounds, baseline, value);
  const std::optional<bench::Interval> interval = bench::median_interval(ratios);
  const std::string middle = bench::ratio_text(median(std::move(ratios)));
  return interval ? fmt::format("{} ({} to {})", middle, bench::ratio_text(interval->low),
                                bench::ratio_text(interval->high))
                  : middle;
}

Section throughput_section(const Plan& plan, const std::vector<Results>& all) {
  const Results& base = all[plan.baseline];
  Section section{
      .title = "Throughput",
      .text =
          fmt::format("{} records of one thread, until all are with the kernel.", plan.run.records),
      .table = {.heads = {"", "M records/s", fmt::format("times '{}'", base.contender.title),
                          "CPU ns/record", "peak MiB", "bytes/line", "MB written"},
                .rows = {}}};
  for (const Results& results : all) {
    const bench::Rounds& reports = results.throughput;
    if (reports.empty()) {
      continue;
    }
    const auto middle = [&](const auto& value) { return bench::median_of(reports, value); };
    section.table.rows.push_back(
        {results.contender.title, fmt::format("{:.2f}", middle(&records_per_second) / 1e6),
         ratio_cell(reports, base.throughput, &records_per_second),
         fmt::format("{:.0f}", 1e9 * middle([](const Report& report) {
                                 return report[kCpuSeconds] / report[kRecords];
                               })),
         fmt::format("{:.1f}",
                     middle([](const Report& report) { return report[kPeakBytes]; }) / kMiB),
         fmt::format("{:.1f}", middle([](const Report& report) {
                       return report[kFileBytes] / report[kRecords];
                     })),
         fmt::format("{:.1f}",
                     middle([](const Report& report) { return report[kFileBytes]; }) / 1e6)});
  }
  std::vector<double> start_bytes;
  for (const Results& results : all) {
    for (const Report& report : results.throughput) {
      start_bytes.push_back(report[kStartBytes]);
    }
  }
  if (!start_bytes.empty()) {
    section.text += fmt::format(
        " CPU time is that of all threads, user and system. Of the peak memory, {:.1f} MiB are "
        "there before a logger is made: the program with the libraries of all peers.",
        median(std::move(start_bytes)) / kMiB);
  }
  return section;
}

Section latency_section(const Plan& plan, const std::vector<Results>& all, std::string title,
                        std::string text, bench::Rounds Results::*kind) {
  const Results& base = all[plan.baseline];
  Section section{.title = std::move(title), .text = std::move(text), .table = {}};
  constexpr std::pair<LatencyNumber, const char*> kNumbers[] = {
      {kP50, "p50"}, {kP99, "p99"}, {kP999, "p99.9"}};
  section.table.heads = {""};
  for (const auto& [number, name] : kNumbers) {
    section.table.heads.push_back(fmt::format("{} ns", name));
  }
  for (const auto& [number, name] : kNumbers) {
    section.table.heads.push_back(fmt::format("{} / '{}'", name, base.contender.title));
  }
  for (const Results& results : all) {
    const bench::Rounds& reports = results.*kind;
    if (reports.empty()) {
      continue;
    }
    std::vector<std::string> medians{results.contender.title};
    std::vector<std::string> ratios;
    for (const auto& [number, name] : kNumbers) {
      const auto value = [number = number](const Report& report) { return report[number]; };
      const double ns = bench::median_of(reports, value);
      medians.push_back(fmt::format("{:.{}f}", ns, ns < 100 ? 1 : 0));
      ratios.push_back(ratio_cell(reports, base.*kind, value));
    }
    medians.insert(medians.end(), ratios.begin(), ratios.end());
    section.table.rows.push_back(std::move(medians));
  }
  return section;
}

}  // namespace

double records_per_second(const Report& report) { return report[kRecords] / report[kSeconds]; }

std::vector<Section> sections_of(const Plan& plan, const std::vector<Results>& all) {
  std::vector<Section> sections;
  if (plan.throughput) {
    sections.push_back(throughput_section(plan, all));
  }
  if (plan.latency) {
    sections.push_back(latency_section(
        plan, all, "Latency of a call, at rest",
        fmt::format("Batches of {} calls, then a busy pause of 2.0 to 2.2 ms; a sample is the mean "
                    "of one batch, {} a round.",
                    bench::kBatchCalls, plan.run.batches),
        &Results::batches));
    sections.push_back(latency_section(
        plan, all, "Latency of a call, flat out",
        fmt::format("{} calls a round without a pause, each timed alone; waiting for room in a "
                    "queue is among it.",
                    plan.calls),
        &Results::calls));
  }
  return sections;
}

std::string reading_text(const Plan& plan) {
  std::string text = fmt::format(
      "Medians of {} rounds, every run in a process of its own; contenders in turn."
      " Ratios are to '{}' in the same round; ",
      plan.rounds, plan.contenders[plan.baseline].title);
  text += bench::median_interval(std::vector<double>(plan.rounds, 1.0))
              ? "in brackets the exact binomial interval of their median, at least 95 %."
              : "their median has no 95 % interval, which takes six rounds.";
  return text + fmt::format(
                    " Every file was read back: each record once, whole, in order. Nobody syncs. "
                    "Queues of {} records where they can be told so; lathe's is of bytes, its "
                    "default.",
                    kQueueSlots);
}

}  // namespace lathe::compare
