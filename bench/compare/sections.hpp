// SPDX-License-Identifier: MIT
//
// What the rounds amount to, as tables with what has to be said about them. Pure.

#pragma once

#include <string>
#include <vector>

#include "compare/runs.hpp"
#include "compare/text_table.hpp"

namespace lathe::compare {

// One kind of measurement, with a row for each contender that has it.
struct Section {
  std::string title;
  std::string text;
  TextTable table;
};

// Those that the plan wants.
[[nodiscard]] std::vector<Section> sections_of(const Plan& plan, const std::vector<Results>& all);

// How the tables are to be read: what their numbers are, and the intervals beside them.
[[nodiscard]] std::string reading_text(const Plan& plan);

[[nodiscard]] double records_per_second(const Report& report);

}  // namespace lathe::compare
