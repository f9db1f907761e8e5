// SPDX-License-Identifier: MIT
//
// One measurement in one process: none inherits warm caches, threads or memory of another.

#pragma once

#include <string>
#include <vector>

namespace lathe::bench {

// Runs this program again with these arguments (the first is its name) and returns the numbers that
// it prints with print_numbers(). Throws std::runtime_error with the arguments if it fails; it has
// told why on stderr.
[[nodiscard]] std::vector<double> numbers_of_fresh_process(std::vector<std::string> arguments);

// The same with `--dir` and a new folder below `parent`, which is removed however the process ends.
[[nodiscard]] std::vector<double> numbers_of_fresh_process_in(const std::string& parent,
                                                              std::vector<std::string> arguments);

// The other side of it.
void print_numbers(const std::vector<double>& numbers);

}  // namespace lathe::bench
