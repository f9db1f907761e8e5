// SPDX-License-Identifier: MIT

#include "tools/latency_sections.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tools/latency_series.hpp"

namespace lathe::tools {
namespace {

std::vector<Section> all_sections() {
  return {
      {"A call", true, [](const CaseReport& c) { return c.calls.timing.service; },
       [](const EmptyReport& e) { return e.calls.service; }},
      {"A call, from the moment it was due", true,
       [](const CaseReport& c) { return c.calls.timing.response; },
       [](const EmptyReport& e) { return e.calls.response; }},
      {"A call, mean of a batch of 20", true,
       [](const CaseReport& c) { return c.batches.timing.service; },
       [](const EmptyReport& e) { return e.batches.service; }},
      {"A call, mean of a batch of 20, from the moment it was due", true,
       [](const CaseReport& c) { return c.batches.timing.response; },
       [](const EmptyReport& e) { return e.batches.response; }},
      {"Residence: from the log call to written",
       false,
       [](const CaseReport& c) {
         Samples samples = c.calls.residence;
         samples.histogram.merge(c.batches.residence.histogram);
         return samples;
       },
       {}},
  };
}
static_assert(kBatchCalls == 20, "as the titles say");

bool exceeds_cpus(const LatencyReport& report) {
  return std::any_of(
      report.plan.cases.begin(), report.plan.cases.end(),
      [&](const LatencyCase& each) { return each.threads >= report.machine.cpu_count; });
}

// A rate that was asked for and not reached: most of what is measured then is the queue of calls
// that are late.
bool is_too_slow(const LatencyReport& report) {
  constexpr double kReached = 0.95;
  return std::any_of(report.cases.begin(), report.cases.end(), [](const CaseReport& each) {
    const double wanted = kReached * static_cast<double>(each.what.rate_per_s);
    return each.calls.counts.calls_per_s < wanted || each.batches.counts.calls_per_s < wanted;
  });
}

}  // namespace

std::vector<Section> sections_of(const LatencyReport& report) {
  std::vector<Section> sections = all_sections();
  std::erase_if(sections, [&](const Section& section) {
    return std::none_of(report.cases.begin(), report.cases.end(), [&](const CaseReport& each) {
      return section.of_case(each).histogram.count() != 0;
    });
  });
  return sections;
}

std::vector<SectionRow> rows_of(const LatencyReport& report, const Section& section) {
  const Labels labels = labels_of(report.plan);
  std::vector<SectionRow> rows;
  rows.reserve(report.empties.size() + report.cases.size());
  if (section.of_empty) {
    for (std::size_t i = 0; i < report.empties.size(); ++i) {
      rows.push_back({labels.empties[i], section.of_empty(report.empties[i]), true, i});
    }
  }
  for (std::size_t i = 0; i < report.cases.size(); ++i) {
    rows.push_back({labels.cases[i], section.of_case(report.cases[i]), false, i});
  }
  std::erase_if(rows, [](const SectionRow& row) { return row.samples.histogram.count() == 0; });
  return rows;
}

std::string machine_text(const Machine& machine) {
  return fmt::format("{} UTC; {}, {} CPUs; {}; lathe {}, {}", machine.date, machine.cpu,
                     machine.cpu_count, machine.kernel, machine.version, machine.compiler);
}

std::string settings_text(const LatencyReport& report) {
  const LatencyPlan& plan = report.plan;
  std::string text = labels_of(report.plan).shared;
  const auto append = [&text](const std::string& more) {
    text += (text.empty() ? "" : ", ") + more;
  };
  append("queue " + size_name(plan.queue_bytes));
  if (plan.duration_max.count() != 0) {
    append(duration_text(static_cast<double>(plan.duration_max.count())) + " each");
  }
  if (plan.calls_max != 0) {
    append(fmt::format("at most {} calls a thread", plan.calls_max));
  }
  append("written to " + plan.folder);
  if (!plan.cpus.empty()) {
    append(fmt::format("I/O thread on CPU {}", plan.cpus.front()));
  }
  for (std::size_t i = 1; i < plan.cpus.size(); ++i) {
    append(fmt::format("{}{}", i == 1 ? "threads on CPU " : "", plan.cpus[i]));
  }
  return text;
}

std::vector<std::string> notes_of(const LatencyReport& report) {
  std::vector<std::string> notes;
  if (!report.machine.is_optimized) {
    notes.emplace_back(
        "WARNING: this lathe was built without optimisation; its numbers say "
        "nothing (--buildtype=release).");
  }
  if (exceeds_cpus(report)) {
    notes.emplace_back(
        "WARNING: with the I/O thread there are more threads than CPUs; they wait "
        "for each other, and that is in the numbers.");
  }
  if (is_too_slow(report)) {
    notes.emplace_back(
        "WARNING: a rate was not reached (calls/s below); times from the due moment "
        "are mostly waiting for the calls before.");
  }
  notes.emplace_back(fmt::format(
      "Clock: {}, {:.3f} ns a tick. The empty measurement is the same loop without the call; "
      "nothing is subtracted.",
      report.machine.clock, report.machine.ns_per_tick));
  notes.emplace_back(
      "A call is timed alone, between fences; a batch is 20 calls between them, at "
      "an own time: its mean has 1/20 of the empty measurement in it.");
  notes.emplace_back(
      "Due moments are fixed beforehand by the rate, so a call that waits for the "
      "one before it has that wait in its time.");
  notes.emplace_back(
      "Residence is the backend's own histogram (Stats::residence_ns): the first "
      "record of the last batch before each flush to the kernel.");
  notes.emplace_back(
      "'-' stands where fewer samples were taken than the percentile needs. "
      "Buckets are 3 % wide; max is exact.");
  return notes;
}

const std::vector<std::string>& count_names() {
  static const std::vector<std::string> names = {"calls",  "written", "dropped",   "lost",
                                                 "late",   "bytes",   "rotations", "syncs",
                                                 "errors", "calls/s"};
  return names;
}

std::vector<std::string> count_texts(const Counts& counts) {
  std::vector<std::string> texts;
  texts.reserve(count_names().size());
  for (const std::uint64_t count :
       {counts.calls, counts.written, counts.dropped, counts.lost, counts.late, counts.bytes,
        counts.rotations, counts.syncs, counts.errors}) {
    texts.push_back(std::to_string(count));
  }
  texts.push_back(fmt::format("{:.0f}", counts.calls_per_s));
  return texts;
}

}  // namespace lathe::tools
