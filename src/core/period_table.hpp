// SPDX-License-Identifier: MIT
//
// PeriodTable: the moments at which RotationOptions ask for a new file. Pure: no clock, no state.
// Does not know: files, what has happened yet (rotation_schedule.hpp).

#pragma once

#include <cstdint>
#include <vector>

#include <lathe/file_options.hpp>

#include "core/calendar.hpp"

namespace lathe {

// The moments, called boundaries, at which a period ends and the next one begins.
//
// A local clock may jump. Forward: the times it skips count as passed at the jump. Back: a time
// that it showed before does not count again; but the steps of an interval of less than a day do,
// if one whole interval has passed since the boundary before.
//
// Threads:   thread-safe after construction if the ZoneOffset is
// Errors:    the constructor throws OptionError, "rotation.daily_at: ..." or "rotation.weekly_at:
// ..." Cost:      some ten calls of the ZoneOffset per rule and call Tested by: PeriodTableTest,
// ZonesTest
class PeriodTable {
 public:
  // `options.interval` must be one that check_options() lets through. `offset` gives the local
  // zone; only used where `options` ask for local time.
  PeriodTable(const RotationOptions& options, ZoneOffset offset);

  // True without any rule by time; the functions below must not be called then.
  [[nodiscard]] bool is_empty() const noexcept;

  // First boundary after `utc_s`; the last one at or before it. Seconds since 1970 UTC.
  [[nodiscard]] std::int64_t next_after(std::int64_t utc_s) const;
  [[nodiscard]] std::int64_t last_at(std::int64_t utc_s) const;

 private:
  // Local times that come back every cycle_s: `origin_s` plus any number of cycles plus one of
  // `moments_s`, which are sorted and below cycle_s.
  struct Rule {
    std::int64_t cycle_s;
    std::int64_t origin_s;
    std::vector<std::int64_t> moments_s;

    [[nodiscard]] std::int64_t first_above(std::int64_t local_s) const;
    [[nodiscard]] std::int64_t last_up_to(std::int64_t local_s) const;
  };

  // A stretch of time, end not included, in which the zone's offset is the same.
  struct Span {
    std::int64_t begin_s;
    std::int64_t end_s;
    std::int64_t offset_s;
  };

  // Boundaries that are one interval apart, both ends included.
  struct Run {
    std::int64_t first_s;
    std::int64_t last_s;
  };

  [[nodiscard]] std::vector<Span> spans(std::int64_t begin_s, std::int64_t end_s) const;
  // The latest local time that a clock has shown until then.
  [[nodiscard]] std::int64_t latest_shown(std::int64_t utc_s) const;
  // When the clock first shows that local time, or skips it.
  [[nodiscard]] std::int64_t first_shown(std::int64_t local_s) const;
  [[nodiscard]] std::vector<Run> runs_around(std::int64_t utc_s) const;

  ZoneOffset offset_;             // empty: UTC
  std::int64_t step_s_ = 0;       // interval of less than a day; 0: none
  std::vector<Rule> rules_ = {};  // all others
};

}  // namespace lathe
