// SPDX-License-Identifier: MIT
//
// What is measured: each contender is a function that runs in a process of its own and reports a
// few numbers.

#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "ticks.hpp"

namespace lathe::bench {

struct RunOptions {
  std::string folder;         // an empty directory of this run's own
  std::uint64_t records = 0;  // throughput
  std::uint64_t batches = 0;  // latency
  double idle_seconds = 0;
};

using Report = std::vector<double>;

struct Contender {
  const char* name;   // table and row, such as "latency.deferred"
  const char* title;  // as the table shows it
  Report (*run)(const RunOptions&);
};

[[nodiscard]] std::span<const Contender> lathe_contenders();
[[nodiscard]] std::span<const Contender> spdlog_contenders();  // empty without spdlog
[[nodiscard]] std::span<const Contender> upkeep_contenders();
[[nodiscard]] std::span<const Contender> rotation_contenders();

// The same line for every logger: time with microseconds in UTC, thread, level, message.
inline constexpr const char* kLathePattern =
    "{time:%Y-%m-%d %H:%M:%S.%6f} [{thread}] {level:<8} {message}";
inline constexpr const char* kSpdlogPattern = "%Y-%m-%d %H:%M:%S.%f [%t] %-8l %v";

// ---- Latency -----------------------------------------------------------------------------------

inline constexpr std::uint64_t kBatchCalls = 20;
inline constexpr std::array<double, 5> kPercents{50, 75, 90, 99, 99.9};

// The values at `percents`, then the largest.
[[nodiscard]] inline Report percentiles(std::vector<double> samples,
                                        std::span<const double> percents = kPercents) {
  std::sort(samples.begin(), samples.end());
  Report report;
  for (const double percent : percents) {
    const auto index =
        static_cast<std::size_t>(static_cast<double>(samples.size()) * percent / 100);
    report.push_back(samples[std::min(index, samples.size() - 1)]);
  }
  report.push_back(samples.back());
  return report;
}

// Runs batches of 20 calls with a busy pause of 2.0 to 2.2 ms after each, so that the queue is
// empty at the start of each batch: service time, not saturation. A sample is the mean of a batch,
// with the cost of reading the clock twice in it (the row "empty batch" shows it).
//
// `call(i, j, v)` is inlined: no indirect call is measured.
template <class Call>
[[gnu::noinline]] std::vector<double> measure_batches(const RunOptions& options, const Call& call) {
  const double tick_ns = measure_tick_ns();
  std::minstd_rand random(20261122);
  std::uniform_real_distribution<double> pause_ns(2.0e6, 2.2e6);
  std::vector<double> samples;
  samples.reserve(options.batches);
  for (std::uint64_t i = 0; i < options.batches; ++i) {
    const double v = static_cast<double>(i) + 0.1 * static_cast<double>(i);
    const std::uint64_t start = ticks();
    for (std::uint64_t j = 0; j < kBatchCalls; ++j) {
      call(i, j, v);
    }
    const std::uint64_t end = ticks();
    samples.push_back(static_cast<double>(end - start) * tick_ns / kBatchCalls);
    const auto resume = end + static_cast<std::uint64_t>(pause_ns(random) / tick_ns);
    while (ticks() < resume) {
    }
  }
  return samples;
}

template <class Call>
Report measure_latency(const RunOptions& options, const Call& call) {
  return percentiles(measure_batches(options, call));
}

// ---- Throughput --------------------------------------------------------------------------------

// Seconds, bytes and records of a run; the output was checked: of `path`, and of its backups before
// that.
[[nodiscard]] Report throughput_report(std::chrono::nanoseconds duration, const std::string& path,
                                       const RunOptions& options);

}  // namespace lathe::bench
