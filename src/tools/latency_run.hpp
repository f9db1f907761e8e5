// SPDX-License-Identifier: MIT
//
// A plan -> a report: logs as it says, with a clock around the calls, and checks what was written.

#pragma once

#include <string>

#include "tools/latency_plan.hpp"
#include "tools/latency_report.hpp"
#include "tools/monitor.hpp"
#include "tools/temporary_folder.hpp"

namespace lathe::tools {

// Measures every case of the plan, one after another, each with a backend and a file of its own in
// `folder`, which is empty afterwards. Asked to stop, it returns with the cases that are complete.
//
// Throws:    OptionError; std::system_error where a file or a thread cannot be made
// Tested by: latency_test.py
[[nodiscard]] LatencyReport run_latency(const LatencyPlan& plan, const TemporaryFolder& folder,
                                        Monitor& monitor);

}  // namespace lathe::tools
