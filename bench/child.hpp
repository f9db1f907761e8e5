// SPDX-License-Identifier: MIT
//
// One measurement in one process: none inherits warm caches, threads or memory of another.

#pragma once

#include <string>
#include <vector>

#include "contender.hpp"

namespace lathe::bench {

// Runs this program again, with `arguments` (the first is its name) and `--dir` with a new
// directory below `parent_folder`, which is removed afterwards. Returns what it printed with
// print_report(). Throws std::runtime_error if it fails; it has told why on stderr.
[[nodiscard]] Report report_of_child(std::vector<std::string> arguments,
                                     const std::string& parent_folder);

// The other side of it.
void print_report(const Report& report);

}  // namespace lathe::bench
