// SPDX-License-Identifier: MIT
//
// One measurement in one process: none inherits warm caches, threads or memory of another.

#pragma once

#include <string>
#include <vector>

namespace lathe::bench {

// Runs this program again with these arguments (the first is its name) and returns the numbers that
// it prints to standard output. Throws std::runtime_error if it fails; it has told why on stderr.
[[nodiscard]] std::vector<double> numbers_of_fresh_process(std::vector<std::string> arguments);

}  // namespace lathe::bench
