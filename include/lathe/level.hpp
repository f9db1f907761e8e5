// SPDX-License-Identifier: MIT
//
// Severity of a record, and the names that people and files use for it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#pragma GCC visibility push(default)

namespace lathe {

// How severe a record is. `off` is a threshold only: a logger or sink at `off` takes nothing.
// No level has a side effect; `critical` does not abort.
enum class Level : std::uint8_t { trace, debug, info, warn, error, critical, off };

// Number of levels a record can have (`off` is not one).
inline constexpr std::size_t kLevelCount = 6;

// Returns the lower-case name: "trace", "debug", "info", "warn", "error", "critical", "off".
[[nodiscard]] std::string_view level_name(Level level) noexcept;

// Inverse of level_name, any case; also takes "warning" and "fatal" (critical), since other
// loggers write those. Returns nothing for any other text.
//
// Tested by: LevelTest
[[nodiscard]] std::optional<Level> parse_level(std::string_view name) noexcept;

}  // namespace lathe

#pragma GCC visibility pop
