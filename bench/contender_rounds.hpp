// SPDX-License-Identifier: MIT
//
// Contenders in turn, round by round, and what comes out of it: medians, and ratios within a round.

#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include "contender.hpp"
#include "rounds.hpp"

namespace lathe::bench {

struct Row {
  Contender contender;
  std::vector<Report> rounds;
};
using Table = std::vector<Row>;

// Runs the contenders whose names start with `table_name`.
[[nodiscard]] Table run_rounds(std::string_view table_name, const RunOptions& options, int rounds);

// Null if there is none.
[[nodiscard]] const Row* find(const Table& table, std::string_view name);

// The median over all rounds of what `value` makes of a round's report.
template <class Value>
[[nodiscard]] double median_of(const Row& row, const Value& value) {
  std::vector<double> values;
  std::transform(row.rounds.begin(), row.rounds.end(), std::back_inserter(values), value);
  return median(std::move(values));
}

struct Ratio {
  double middle;
  double least;
  double most;
};

// Ratio of two rows, round by round.
template <class Value>
[[nodiscard]] Ratio ratio_of(const Row& row, const Row& base, const Value& value) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < row.rounds.size(); ++i) {
    ratios.push_back(value(row.rounds[i]) / value(base.rounds[i]));
  }
  const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
  return {median(ratios), *least, *most};
}

// Of what throughput_report() returns.
[[nodiscard]] inline double records_per_second(const Report& report) {
  return report[2] / report[0];
}

}  // namespace lathe::bench
