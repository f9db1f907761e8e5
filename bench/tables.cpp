// SPDX-License-Identifier: MIT

#include "tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string_view>

#include "contender_rounds.hpp"

namespace lathe::bench {
namespace {

void print_latency_ratio(const Table& table, std::string_view name, std::string_view base_name,
                         std::size_t percent, std::string_view what) {
  const Row* const row = find(table, name);
  const Row* const base = find(table, base_name);
  if (row == nullptr || base == nullptr) {
    return;
  }
  const Ratio ratio = ratio_of(row->rounds, base->rounds, column(percent));
  fmt::print("  {} of '{}' / '{}': {:.2f} ({:.2f} to {:.2f})\n", what, row->contender.title,
             base->contender.title, ratio.middle, ratio.least, ratio.most);
}

}  // namespace

void print_latency_table(const RunOptions& options, unsigned rounds) {
  fmt::print(
      "\nLatency of a log call with two integers and a double, in ns. Batches of {} calls, then a\n"
      "busy pause of 2.0 to 2.2 ms; a sample is the mean of one batch ({} batches a round).\n"
      "Medians of {} rounds; max over all of them.\n\n",
      kBatchCalls, options.batches, rounds);
  const Table table = run_rounds("latency.", options, rounds);
  fmt::print("{:<32}{:>9}{:>9}{:>9}{:>9}{:>9}{:>11}\n", "", "p50", "p75", "p90", "p99", "p99.9",
             "max");
  for (const Row& row : table) {
    fmt::print("{:<32}", row.contender.title);
    for (std::size_t percent = 0; percent < kPercents.size(); ++percent) {
      fmt::print("{:>9.1f}", median_of(row.rounds, column(percent)));
    }
    double most = 0;
    for (const Report& report : row.rounds) {
      most = std::max(most, report.back());
    }
    fmt::print("{:>11.1f}\n", most);
  }
  fmt::print("\nRatios, round by round: median (least to most)\n");
  print_latency_ratio(table, "latency.deferred", "latency.clock", 0, "p50");
  print_latency_ratio(table, "latency.deferred", "latency.clock", 3, "p99");
  print_latency_ratio(table, "latency.formatted", "latency.clock", 0, "p50");
  print_latency_ratio(table, "latency.packed", "latency.rotated", 4, "p99.9");
  print_latency_ratio(table, "latency.spdlog", "latency.deferred", 0, "p50");
  print_latency_ratio(table, "latency.spdlog", "latency.formatted", 0, "p50");
}

void print_throughput_table(const RunOptions& options, unsigned rounds) {
  fmt::print(
      "\nThroughput: {} records of one thread until all are with the kernel, no rotation, no sync\n"
      "unless told. Every file is read back and checked. Medians of {} rounds.\n\n",
      options.records, rounds);
  const Table table = run_rounds("throughput.", options, rounds);
  const Row* const base = find(table, "throughput.spdlog");
  fmt::print("{:<32}{:>11}{:>9}{:>12}  {}\n", "", "M records/s", "MB/s", "bytes/line",
             base == nullptr ? "" : "x spdlog: median (least to most)");
  for (const Row& row : table) {
    fmt::print("{:<32}{:>11.2f}{:>9.0f}{:>12.1f}", row.contender.title,
               median_of(row.rounds, &records_per_second) / 1e6,
               median_of(row.rounds, [](const Report& r) { return r[1] / r[0]; }) / 1e6,
               median_of(row.rounds, [](const Report& r) { return r[1] / r[2]; }));
    if (base != nullptr) {
      const Ratio ratio = ratio_of(row.rounds, base->rounds, &records_per_second);
      fmt::print("  {:.2f} ({:.2f} to {:.2f})", ratio.middle, ratio.least, ratio.most);
    }
    fmt::print("\n");
  }
  const Row* const plain = find(table, "throughput.formatted");
  const Row* const rotated = find(table, "throughput.rotated");
  const Ratio ratio = ratio_of(rotated->rounds, plain->rounds, &records_per_second);
  fmt::print("\nRotated / not rotated: {:.3f} ({:.3f} to {:.3f})\n", ratio.middle, ratio.least,
             ratio.most);
}

namespace {

Report run_alone(std::string_view name, const RunOptions& options) {
  for (const Contender& contender : all_contenders()) {
    if (name == contender.name) {
      return run_in_fresh_process(contender, options);
    }
  }
  throw std::logic_error("no such contender");
}

}  // namespace

void print_first_call(const RunOptions& options) {
  const Report report = run_alone("first_call", options);
  fmt::print(
      "\nFirst log call of a thread, 200 threads: p50 {:.1f} us, p90 {:.1f} us, max {:.1f} us\n",
      report[0], report[2], report.back());
}

void print_idle(const RunOptions& options) {
  const Report report = run_alone("idle", options);
  fmt::print(
      "\nIdle backend: {:.4f} % of one core; a bare thread that sleeps alike: {:.4f} % ({:g} s)\n",
      report[0], report[1], options.idle_seconds);
}

void print_memory(const RunOptions& options) {
  const Report report = run_alone("memory", options);
  fmt::print("\nResident memory: {:.0f} KiB a thread that logs; {:.0f} KiB for the backend\n",
             report[1], report[0]);
}

void print_rotation(const RunOptions& options) {
  fmt::print("\nStall of one rotation in us, files of 64 KiB\n\n{:<32}{:>9}{:>9}{:>9}{:>11}{:>8}\n",
             "", "p50", "p99", "max", "rotations", "failed");
  for (const Contender& contender : all_contenders()) {
    if (!std::string_view(contender.name).starts_with("rotation.")) {
      continue;
    }
    const Report report = run_in_fresh_process(contender, options);
    fmt::print("{:<32}{:>9.1f}{:>9.1f}{:>9.1f}{:>11}{:>8}\n", contender.title, report[0], report[1],
               report[2], report[3], report[4]);
  }
  const Report report = run_alone("retention", options);
  fmt::print("\n100,000 backups pruned to 10: {:.2f} s; largest write meanwhile: {:.0f} us\n",
             report[0], report[1]);
}

}  // namespace lathe::bench
