// SPDX-License-Identifier: MIT
//
// Runs rounds of all contenders, each in a process of its own.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "compare/all_contenders.hpp"
#include "rounds.hpp"

namespace lathe::compare {

struct Plan {
  RunOptions run;
  std::uint64_t calls = 0;  // flat out
  std::size_t rounds = 0;
  bool throughput = true;
  bool latency = true;
  std::vector<Contender> contenders;
  std::size_t baseline = 0;  // its place among them
};

struct Results {
  Contender contender;
  // A report of each round; none where there is nothing to measure.
  bench::Rounds throughput;
  bench::Rounds batches;
  bench::Rounds calls;
};

// In the order of the plan; measured in turn. Throws std::runtime_error with the contender's name
// if a run fails.
[[nodiscard]] std::vector<Results> run_rounds(const Plan& plan);

// One run, in the process made for it; prints its report. False: there is no such contender, or
// nothing of the kind to measure.
[[nodiscard]] bool run_one(std::string_view name, std::string_view kind, const RunOptions& options);

}  // namespace lathe::compare
