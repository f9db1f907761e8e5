// SPDX-License-Identifier: MIT
//
// A report as a page for a browser: charts, tables, notes. Pure.

#pragma once

#include <string>

#include "tools/latency_report.hpp"

namespace lathe::tools {

// One HTML file, well-formed as XML too, that needs nothing else: no script, no network. Follows
// the browser's preference for light or dark.
//
// Tested by: LatencyPlotTest
[[nodiscard]] std::string plot_of(const LatencyReport& report);

}  // namespace lathe::tools
