// SPDX-License-Identifier: MIT

#include "compare/runs.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "fresh_process.hpp"

namespace lathe::compare {
namespace {

// What can be measured of a contender, and where it is kept.
struct Kind {
  const char* name;
  Report (*Contender::*run)(const RunOptions&);
  bench::Rounds Results::*reports;
};
constexpr Kind kThroughput{"throughput", &Contender::throughput, &Results::throughput};
constexpr Kind kBatches{"batches", &Contender::batches, &Results::batches};
constexpr Kind kCalls{"calls", &Contender::calls, &Results::calls};

void measure(const Plan& plan, const Kind& kind, std::uint64_t records, Results& results) {
  const Contender& contender = results.contender;
  if (contender.*kind.run == nullptr) {
    return;
  }
  (results.*kind.reports)
      .push_back(bench::numbers_of_fresh_process_in(
          plan.run.folder,
          {"compare", "--one", contender.name, "--kind", kind.name, "--records",
           std::to_string(records), "--batches", std::to_string(plan.run.batches)}));
}

// For people who wait for it.
void tell_progress(std::size_t round, std::size_t rounds) {
  if (::isatty(STDERR_FILENO) == 1) {
    fmt::print(stderr, "\rround {} of {}{}", round, rounds, round == rounds ? "\n" : "");
  }
}

}  // namespace

std::vector<Results> run_rounds(const Plan& plan) {
  std::vector<Results> all;
  for (const Contender& contender : plan.contenders) {
    all.push_back({contender, {}, {}, {}});
  }
  for (std::size_t round = 0; round < plan.rounds; ++round) {
    tell_progress(round + 1, plan.rounds);
    for (std::size_t i = 0; i < all.size(); ++i) {
      Results& results = all[bench::turn(round, i, all.size())];
      if (plan.throughput) {
        measure(plan, kThroughput, plan.run.records, results);
      }
      if (plan.latency) {
        measure(plan, kBatches, plan.run.records, results);
        measure(plan, kCalls, plan.calls, results);
      }
    }
  }
  return all;
}

bool run_one(std::string_view name, std::string_view kind_name, const RunOptions& options) {
  for (const Contender& contender : all_contenders()) {
    for (const Kind& kind : {kThroughput, kBatches, kCalls}) {
      if (name == contender.name && kind_name == kind.name && contender.*kind.run != nullptr) {
        bench::print_numbers((contender.*kind.run)(options));
        return true;
      }
    }
  }
  return false;
}

}  // namespace lathe::compare
