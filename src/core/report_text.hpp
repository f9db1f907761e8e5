// SPDX-License-Identifier: MIT
//
// The sentences that lathe writes about itself.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <lathe/stats.hpp>

namespace lathe {

// "dropped 1,204 records in 13 ms: queue full".
//
// Tested by: ReportTextTest
[[nodiscard]] std::string drop_text(std::uint64_t count, std::int64_t duration_ns, DropCause cause);

// The same in the caller's memory: safe in a signal handler.
using DropTextRoom = std::array<char, 128>;
[[nodiscard]] std::string_view drop_text(std::uint64_t count, std::int64_t duration_ns,
                                         DropCause cause, DropTextRoom& room) noexcept;

// "1,204"
[[nodiscard]] std::string grouped(std::uint64_t number);

// "13 ms": whole numbers of the largest unit (ns, us, ms, s) that gives at least 1.
[[nodiscard]] std::string duration_text(std::int64_t duration_ns);

}  // namespace lathe
