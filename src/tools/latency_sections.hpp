// SPDX-License-Identifier: MIT
//
// How a report is divided when it is shown, whatever it is shown as: which rows stand under which
// heading, and what has to be said about them. Pure.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tools/latency_report.hpp"

namespace lathe::tools {

// One kind of latency, with a row for each case.
struct Section {
  const char* title;
  bool is_at_call_site;  // what the caller waits for, not what the record does
  std::function<Samples(const CaseReport&)> of_case;
  std::function<Samples(const EmptyReport&)> of_empty;  // empty: there is nothing to compare with
};

// Those that have samples in this report: flat out, nothing is ever due.
//
// Tested by: LatencySectionsTest
[[nodiscard]] std::vector<Section> sections_of(const LatencyReport& report);

struct SectionRow {
  std::string label;
  Samples samples;
  bool is_empty_measurement;
  std::size_t number;  // of the case, or of the empty measurement
};

// The empty measurements first. Rows without samples are left out.
[[nodiscard]] std::vector<SectionRow> rows_of(const LatencyReport& report, const Section& section);

// "2026-11-22 13:50:33 UTC, AMD EPYC, 2 CPUs, ..."
[[nodiscard]] std::string machine_text(const Machine& machine);

// What all measurements have in common: what does not vary, limits, queue, CPUs.
[[nodiscard]] std::string settings_text(const LatencyReport& report);

// What a reader of the numbers has to know. Warnings about this report come first.
[[nodiscard]] std::vector<std::string> notes_of(const LatencyReport& report);

// The columns of the table of counts, and one measurement in them.
[[nodiscard]] const std::vector<std::string>& count_names();
[[nodiscard]] std::vector<std::string> count_texts(const Counts& counts);

}  // namespace lathe::tools
