// SPDX-License-Identifier: MIT
//
// What `lathe latency` found out: histograms and counts, before they are shown as a table, JSON or
// a plot.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <lathe/histogram.hpp>

#include "tools/latency_plan.hpp"

namespace lathe::tools {

// Samples, and how many nanoseconds one of their units is: ticks of a clock are recorded as they
// are, and a batch's as they are for all of its calls.
struct Samples {
  Histogram histogram;
  double ns_per_unit = 1;
};

// What calls took.
struct Timing {
  Samples service;   // from the call to its return
  Samples response;  // from the moment it was due to its return; empty where calls went flat out
};

// What became of the calls of one measurement.
struct Counts {
  std::uint64_t calls = 0;    // with the few that come before the clock
  std::uint64_t written = 0;  // found in the files, whole and in order
  std::uint64_t dropped = 0;  // refused at the queue, as the overflow policy says
  std::uint64_t lost = 0;
  std::uint64_t late = 0;  // written after a record with a later time stamp
  std::uint64_t rotations = 0;
  std::uint64_t syncs = 0;
  std::uint64_t errors = 0;  // of writes, syncs and rotations
  std::uint64_t bytes = 0;
  double calls_per_s = 0;
};

struct Measurement {
  Timing timing;
  Counts counts;
  Samples residence;    // log call to written: Stats::residence_ns
  std::string failure;  // why the output is not what it should be; empty: it was checked and is
};

// A case is measured twice, since a clock inside of a batch would be measured with it.
struct CaseReport {
  LatencyCase what;
  Measurement calls;
  Measurement batches;
};

// The same loops with nothing in them.
struct EmptyReport {
  unsigned threads = 0;
  std::uint64_t rate_per_s = 0;
  Timing calls;
  Timing batches;
};

struct Machine {
  std::string version;  // of lathe
  std::string cpu;
  unsigned cpu_count = 0;
  std::string kernel;
  std::string compiler;
  std::string date;  // UTC, as 2026-11-22 13:50:33
  std::string clock;
  double ns_per_tick = 1;
  bool is_optimized = true;  // false: the numbers are of a build for debugging
};

struct LatencyReport {
  Machine machine;
  LatencyPlan plan;
  // As many as were complete, in the order of the plan.
  std::vector<EmptyReport> empties;
  std::vector<CaseReport> cases;
};

// Names as the command line has them.
[[nodiscard]] std::string_view form_name(Form form) noexcept;
[[nodiscard]] std::string_view overflow_name(Overflow overflow) noexcept;
[[nodiscard]] std::string size_name(std::uint64_t bytes);  // "64K", "1000"
[[nodiscard]] std::string rotation_name(std::uint64_t size_bytes_max);
[[nodiscard]] std::string rate_name(std::uint64_t rate_per_s);
[[nodiscard]] std::string message_name(std::uint64_t text_bytes);

// What all cases have in common, and what tells one from the other.
struct Labels {
  std::string shared;                // "1 thread, overflow block, sync 1s, ..."
  std::vector<std::string> cases;    // the form, and whatever else varies
  std::vector<std::string> empties;  // "empty measurement", and threads and rate if they vary
};

// Tested by: LatencyLabelsTest
[[nodiscard]] Labels labels_of(const LatencyPlan& plan);

// The first case of a plan that has its number of threads and its rate brings their empty
// measurement, just before its own.
[[nodiscard]] bool brings_empty(const LatencyPlan& plan, std::size_t number);

}  // namespace lathe::tools
