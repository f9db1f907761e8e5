// SPDX-License-Identifier: MIT
//
// A report as text for a terminal. Pure.

#pragma once

#include <string>

#include "tools/latency_report.hpp"

namespace lathe::tools {

// Tested by: LatencyTableTest
[[nodiscard]] std::string table_of(const LatencyReport& report);

}  // namespace lathe::tools
