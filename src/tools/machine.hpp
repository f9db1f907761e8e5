// SPDX-License-Identifier: MIT
//
// On what a measurement was made: numbers without it cannot be compared.

#pragma once

#include "tools/latency_report.hpp"
#include "tools/tick_clock.hpp"

namespace lathe::tools {

[[nodiscard]] Machine describe_machine(const TickClock& clock);

}  // namespace lathe::tools
