// SPDX-License-Identifier: MIT
//
// RotationSchedule: when RotationOptions ask for a new file by time. Pure: is told the time.
// Does not know: sizes (rotation.hpp), files.

#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include <lathe/file_options.hpp>

#include "core/calendar.hpp"
#include "core/day_times.hpp"     // IWYU pragma: export
#include "core/period_table.hpp"  // IWYU pragma: export

namespace lathe {

// Keeps which period the active file is of, whatever the clock does: one that goes forward over
// many periods ends one of them; one that goes back ends none, and the file waits for the boundary
// it waited for. Only a clock more than a day before the period's beginning is taken for a mistake
// that was mended: the file at hand is then of the period of now.
//
// Threads:   thread-compatible
// Errors:    the constructor throws as PeriodTable does
// Cost:      is_due: a comparison
// Tested by: RotationScheduleTest, ZonesTest
class RotationSchedule {
 public:
  // `offset` gives the local zone; only used where `options` ask for local time.
  RotationSchedule(const RotationOptions& options, ZoneOffset offset);

  // True without any rule by time: then nothing is ever due.
  [[nodiscard]] bool is_empty() const noexcept;

  // The file at hand was last written at `written_ns` (wall clock), or is new.
  void start(std::int64_t now_ns, std::optional<std::int64_t> written_ns);

  // True once the period of the file at hand is over. Never before start().
  [[nodiscard]] bool is_due(std::int64_t now_ns);

  // A new file begins now; or the old one was empty and stands for the new period, too.
  void begin_period(std::int64_t now_ns);

  // When the period of the file at hand began, UTC nanoseconds; nothing without any time rule.
  [[nodiscard]] std::optional<std::int64_t> period_start_ns() const noexcept;

 private:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  void enter_period_of(std::int64_t at_ns);
  [[nodiscard]] bool is_clock_mended(std::int64_t now_ns) const noexcept;

  PeriodTable table_;
  std::optional<std::int64_t> period_start_ns_;
  std::int64_t period_end_ns_ = kNever;
};

}  // namespace lathe
