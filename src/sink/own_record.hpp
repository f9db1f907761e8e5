// SPDX-License-Identifier: MIT
//
// Records that lathe itself has to write: no thread and no place, since nobody has logged them.

#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include <lathe/record.hpp>

namespace lathe {

inline constexpr ThreadInfo kNoThread{};
inline constexpr SourceInfo kNoSource{};
inline constexpr LoggerInfo kLatheLogger{.name = "lathe"};

// `message` must outlive it.
[[nodiscard]] inline Record make_own_record(std::int64_t wall_ns, Level level,
                                            std::string_view message) noexcept {
  return {.time = WallTime(std::chrono::nanoseconds(wall_ns)),
          .message = message,
          .thread = &kNoThread,
          .source = &kNoSource,
          .logger = &kLatheLogger,
          .level = level};
}

}  // namespace lathe
