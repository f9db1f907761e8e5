// SPDX-License-Identifier: MIT
//
// Contenders in turn, round by round, each in a process of its own.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "contender.hpp"
#include "rounds.hpp"

namespace lathe::bench {

// Every contender of this program, in the order of the tables; each program has its own.
[[nodiscard]] std::vector<Contender> all_contenders();

// Runs this program again as `--one NAME` in a new folder below `options.folder`, which is removed
// afterwards. Throws std::runtime_error if it fails; it has told why on stderr.
[[nodiscard]] Report run_in_fresh_process(const Contender& contender, const RunOptions& options);

// The other side of it: runs the contender and prints its report. Returns the exit status.
[[nodiscard]] int run_one(const std::string& name, const RunOptions& options);

struct Row {
  Contender contender;
  Rounds rounds;
};
using Table = std::vector<Row>;

// Runs the contenders whose names start with `table_name`.
[[nodiscard]] Table run_rounds(std::string_view table_name, const RunOptions& options,
                               std::size_t rounds);

// Null if there is none.
[[nodiscard]] const Row* find(const Table& table, std::string_view name);

// Of what throughput_report() returns.
[[nodiscard]] inline double records_per_second(const Report& report) {
  return report[2] / report[0];
}

}  // namespace lathe::bench
