// SPDX-License-Identifier: MIT
//
// What is compared: each contender is up to three measurements, each of which runs in a process of
// its own and reports a few numbers.

#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "contender.hpp"

namespace lathe::compare {

using bench::Report;
using bench::RunOptions;

struct Contender {
  const char* name;   // for the command line
  const char* title;  // as the tables show it
  // None where there is nothing to measure.
  Report (*throughput)(const RunOptions&);
  Report (*batches)(const RunOptions&);
  Report (*calls)(const RunOptions&);
};

// The numbers of a report on throughput.
enum ThroughputNumber : std::size_t {
  kSeconds,
  kCpuSeconds,
  kStartBytes,  // of memory, before there was a logger
  kPeakBytes,   // of memory, at the end
  kFileBytes,
  kRecords,
};

// A report on latency: its values at these percents in ns, then the largest.
inline constexpr std::array<double, 9> kCurvePercents{10, 25, 50, 75, 90, 95, 99, 99.5, 99.9};
enum LatencyNumber : std::size_t { kP50 = 2, kP99 = 6, kP999 = 8 };

// Slots of the queue of every peer that can be told how many.
inline constexpr std::size_t kQueueSlots = 8192;

// A file's size where a contender rotates.
inline constexpr std::size_t kRotationBytes = std::size_t{32} << 20;

[[nodiscard]] std::span<const Contender> floor_contenders();  // what cannot be less
[[nodiscard]] std::span<const Contender> lathe_contenders();
// Defined where their libraries are found.
[[nodiscard]] std::span<const Contender> spdlog_contenders();
[[nodiscard]] std::span<const Contender> boost_log_contenders();
[[nodiscard]] std::span<const Contender> glog_contenders();
[[nodiscard]] std::span<const Contender> log4cxx_contenders();

// All of this build, in the order of the tables.
[[nodiscard]] const std::vector<Contender>& all_contenders();

}  // namespace lathe::compare
