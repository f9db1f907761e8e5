// SPDX-License-Identifier: MIT
//
// The contenders of lathe_bench, and a run of one of them.

#pragma once

#include <string>
#include <vector>

#include "contender.hpp"

namespace lathe::bench {

// Every contender of this build, in the order of the tables.
[[nodiscard]] std::vector<Contender> all_contenders();

// Runs this program again as `--one NAME`. Throws std::runtime_error if it fails.
[[nodiscard]] Report run_in_child(const Contender& contender, const RunOptions& options);

// The other side of it: runs the contender and prints its report. Returns the exit status.
[[nodiscard]] int run_one(const std::string& name, const RunOptions& options);

}  // namespace lathe::bench
