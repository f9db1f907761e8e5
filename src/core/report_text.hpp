// SPDX-License-Identifier: MIT
//
// The sentences that lathe writes about itself.

#pragma once

#include <cstdint>
#include <string>

#include <lathe/stats.hpp>

namespace lathe {

// "dropped 1,204 records in 13 ms: queue full".
//
// Tested by: ReportTextTest
[[nodiscard]] std::string drop_text(std::uint64_t count, std::int64_t duration_ns, DropCause cause);

// "1,204"
[[nodiscard]] std::string grouped(std::uint64_t number);

// "13 ms": whole numbers of the largest unit (ns, us, ms, s) that gives at least 1.
[[nodiscard]] std::string duration_text(std::int64_t duration_ns);

}  // namespace lathe
