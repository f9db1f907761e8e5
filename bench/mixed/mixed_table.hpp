// SPDX-License-Identifier: MIT
//
// Runs the loads, each logger in a process of its own, and prints what came out.

#pragma once

#include <string>
#include <vector>

#include "request_log.hpp"

namespace lathe::bench {

struct MixedPlan {
  std::vector<LogKind> logs;   // the first is kNoLog, which the others are compared with
  std::vector<unsigned> open;  // open loops, in percent of what no logging takes in a closed one
  unsigned rounds = 0;
  double seconds = 0;  // of a load
  unsigned work = 0;   // passes of the hash
  std::string folder;  // where each process gets a folder of its own
};

// Errors: std::runtime_error if a run failed or its output was wrong
void print_mixed_tables(const MixedPlan& plan);

// The other side: one logger under one load; prints a row's numbers.
struct MixedRun {
  LogKind log;
  double rate_per_s = 0;
  double seconds = 0;
  unsigned work = 0;
  std::string folder;  // of its own
};
void run_mixed(const MixedRun& run);

}  // namespace lathe::bench
