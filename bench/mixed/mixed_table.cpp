// SPDX-License-Identifier: MIT

#include "mixed_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "contender.hpp"
#include "fresh_process.hpp"
#include "load.hpp"
#include "request_check.hpp"
#include "rounds.hpp"

namespace lathe::bench {
namespace {

// The numbers of a run, in the order in which run_mixed() prints them.
enum Column : std::size_t { kPerSecond, kP50, kP99, kP999, kCpu, kNotBegun };

constexpr double kNsPerUs = 1000;

// One load, for all loggers.
struct LoadTable {
  unsigned percent = 0;  // zero: closed loop
  std::vector<double> rates;
  std::vector<Rounds> rows;  // of each logger
};

Numbers measure(const MixedPlan& plan, const LogKind& log, double rate_per_s) {
  return numbers_of_fresh_process_in(
      plan.folder,
      {"mixed_bench", "--one", log.name, "--rate", fmt::format("{:.3f}", rate_per_s), "--seconds",
       fmt::format("{}", plan.seconds), "--work", std::to_string(plan.work)});
}

void run_round(const MixedPlan& plan, unsigned round, double rate_per_s, LoadTable& table) {
  for (std::size_t i = 0; i < plan.logs.size(); ++i) {
    const std::size_t place = turn(round, i, plan.logs.size());
    table.rows[place].push_back(measure(plan, plan.logs[place], rate_per_s));
  }
}

// All loads of a round before the next round: each open loop goes by what no logging took just now.
std::vector<LoadTable> run_rounds(const MixedPlan& plan) {
  std::vector<LoadTable> tables(plan.open.size() + 1);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    tables[i].percent = i == 0 ? 0 : plan.open[i - 1];
    tables[i].rows.resize(plan.logs.size());
  }
  for (unsigned round = 0; round < plan.rounds; ++round) {
    run_round(plan, round, 0, tables[0]);
    const double capacity = tables[0].rows[0].back()[kPerSecond];
    for (std::size_t i = 1; i < tables.size(); ++i) {
      tables[i].rates.push_back(capacity * tables[i].percent / 100);
      run_round(plan, round, tables[i].rates.back(), tables[i]);
    }
  }
  return tables;
}

void print_title(const LoadTable& table) {
  if (table.percent == 0) {
    fmt::print("\nClosed loop: one worker, each request as soon as the one before it is done.\n\n");
  } else {
    fmt::print(
        "\nOpen loop at {} % of what no logging takes ({:.0f} requests/s): latency from the moment "
        "a\nrequest comes.\n\n",
        table.percent, median(table.rates));
  }
  fmt::print("{:<27}{:>10}{:>6}{:>11}{:>7}{:>11}{:>7}{:>11}{:>7}{:>9}\n", "", "requests/s", "",
             "p50 us", "", "p99 us", "", "p99.9 us", "", "CPU us");
}

void print_row(const LogKind& log, const Rounds& rounds, const Rounds& base) {
  fmt::print("{:<27}{:>10.0f}{:>6}", log.title, median_of(rounds, column(kPerSecond)),
             ratio_text(ratio_of(rounds, base, column(kPerSecond)).middle));
  for (const Column percentile : {kP50, kP99, kP999}) {
    fmt::print("{:>11.0f}{:>7}", median_of(rounds, column(percentile)),
               ratio_text(ratio_of(rounds, base, column(percentile)).middle));
  }
  fmt::print("{:>9.1f}", median_of(rounds, column(kCpu)));
  if (const double not_begun = median_of(rounds, column(kNotBegun)); not_begun > 0) {
    fmt::print("  overloaded: {:.0f} requests never began", not_begun);
  }
  fmt::print("\n");
}

}  // namespace

void print_mixed_tables(const MixedPlan& plan) {
  fmt::print(
      "\nA request: its head is read, three records are logged, and FNV-1a goes {} times over 256 "
      "KiB.\n{} round(s) of {} s, a process each, in turn. Medians; beside each number, its ratio "
      "to "
      "no\nlogging in the same round. CPU: of the whole process, a request (open loops wait "
      "busily).\nEvery log was read back and held all three records of each request, in order.\n",
      plan.work, plan.rounds, plan.seconds);
  for (const LoadTable& table : run_rounds(plan)) {
    print_title(table);
    for (std::size_t i = 0; i < plan.logs.size(); ++i) {
      print_row(plan.logs[i], table.rows[i], table.rows[0]);
    }
  }
}

void run_mixed(const MixedRun& run) {
  const std::string path = run.folder + "/requests.log";
  const Handler handler(run.work);
  LoadResult result;
  {
    const std::unique_ptr<RequestLog> log = run.log.make(path);
    pin_producer();
    result = run_load({.seconds = run.seconds, .rate_per_s = run.rate_per_s}, handler, *log);
  }
  if (run.log.name != kNoLog) {
    check_log(path, handler, result.hashes);
  }
  const auto us = [&](double percent) {
    return static_cast<double>(result.latency_ns.percentile(percent)) / kNsPerUs;
  };
  print_numbers({result.requests_per_s, us(50), us(99), us(99.9), result.cpu_us,
                 static_cast<double>(result.not_begun)});
}

}  // namespace lathe::bench
