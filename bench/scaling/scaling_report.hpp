// SPDX-License-Identifier: MIT
//
// Measured points -> a table in plain text, and a page with curves. Pure.

#pragma once

#include <string>
#include <vector>

#include "scaling_plan.hpp"

namespace lathe::bench {

struct ScalingReport {
  std::string machine;
  std::string settings;
  std::vector<Variable> variables;
  std::vector<std::string> forms;
  std::vector<Point> points;
};

[[nodiscard]] std::string table_of(const ScalingReport& report);
[[nodiscard]] std::string page_of(const ScalingReport& report);

}  // namespace lathe::bench
