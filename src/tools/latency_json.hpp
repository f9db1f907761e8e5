// SPDX-License-Identifier: MIT
//
// A report as JSON, for programs. Pure.

#pragma once

#include <string>

#include "tools/latency_report.hpp"

namespace lathe::tools {

// One object; times are nanoseconds, a percentile with too few samples is null.
//
// Tested by: LatencyJsonTest
[[nodiscard]] std::string json_of(const LatencyReport& report);

}  // namespace lathe::tools
