// SPDX-License-Identifier: MIT
//
// One measurement in one process: none inherits warm caches, threads or memory of another.

#pragma once

#include <vector>

#include "contender.hpp"

namespace lathe::bench {

// Every contender of this program, in the order of the tables; each program has its own.
[[nodiscard]] std::vector<Contender> all_contenders();

// Runs this program again as `--one NAME` in a new directory below `options.folder`, which is
// removed afterwards. Throws std::runtime_error if it fails; it has told why on stderr.
[[nodiscard]] Report run_in_child(const Contender& contender, const RunOptions& options);

// The other side of it: runs the contender and prints its report. Returns the exit status.
[[nodiscard]] int run_one(const std::string& name, const RunOptions& options);

}  // namespace lathe::bench
