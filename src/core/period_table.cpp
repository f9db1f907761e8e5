// SPDX-License-Identifier: MIT

#include "core/period_table.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <utility>

#include "core/day_times.hpp"

namespace lathe {
namespace {

constexpr std::int64_t kWeekSeconds = 7 * kDaySeconds;
constexpr std::int64_t kMondayBefore1970 = -3 * kDaySeconds;  // 1970-01-01 was a Thursday

// No zone is further from UTC: POSIX allows 24:59:59 in a TZ, and no place on Earth comes near.
constexpr std::int64_t kOffsetMax = 25 * 3600;

// How closely the zone is asked for jumps. Two jumps in between that cancel out would be missed;
// since 1970, the shortest time between two jumps of a zone of the tz database is a week.
constexpr std::int64_t kProbeSeconds = kDaySeconds / 2;

// Around a moment, for steps of less than a day: back to where no earlier jump matters any more
// (a repetition lasts a day at most, and half a day passes between two steps); and ahead to where
// the next step must be, even if the clock goes back a day.
constexpr std::int64_t kStepsBefore = 3 * kDaySeconds;
constexpr std::int64_t kStepsAfter = 3 * kDaySeconds;

constexpr std::int64_t floor_to(std::int64_t value, std::int64_t unit) {
  const std::int64_t rest = value % unit;
  return value - rest - (rest < 0 ? unit : 0);
}

constexpr std::int64_t ceil_to(std::int64_t value, std::int64_t unit) {
  return -floor_to(-value, unit);
}

}  // namespace

PeriodTable::PeriodTable(const RotationOptions& options, ZoneOffset offset)
    : offset_(options.time_zone == TimeZone::local ? std::move(offset) : ZoneOffset()) {
  const auto interval = std::chrono::duration_cast<std::chrono::seconds>(options.interval);
  if (interval.count() < kDaySeconds) {
    step_s_ = interval.count();
  } else {
    rules_.push_back({interval.count(), 0, {0}});
  }
  if (!options.daily_at.empty()) {
    rules_.push_back({kDaySeconds, 0, parse_daily("rotation.daily_at", options.daily_at)});
  }
  if (!options.weekly_at.empty()) {
    rules_.push_back(
        {kWeekSeconds, kMondayBefore1970, parse_weekly("rotation.weekly_at", options.weekly_at)});
  }
}

bool PeriodTable::is_empty() const noexcept { return step_s_ == 0 && rules_.empty(); }

std::int64_t PeriodTable::next_after(std::int64_t utc_s) const {
  std::int64_t next = std::numeric_limits<std::int64_t>::max();
  if (step_s_ != 0) {
    for (const Run& run : runs_around(utc_s)) {
      if (run.last_s > utc_s) {
        next =
            std::max(run.first_s, run.first_s + floor_to(utc_s - run.first_s, step_s_) + step_s_);
        break;
      }
    }
  }
  if (!rules_.empty()) {
    const std::int64_t shown = latest_shown(utc_s);
    for (const Rule& rule : rules_) next = std::min(next, first_shown(rule.first_above(shown)));
  }
  return next;
}

std::int64_t PeriodTable::last_at(std::int64_t utc_s) const {
  std::int64_t last = std::numeric_limits<std::int64_t>::min();
  if (step_s_ != 0) {
    for (const Run& run : runs_around(utc_s)) {
      if (run.first_s > utc_s) break;
      last = std::min(run.last_s, run.first_s + floor_to(utc_s - run.first_s, step_s_));
    }
  }
  if (!rules_.empty()) {
    const std::int64_t shown = latest_shown(utc_s);
    for (const Rule& rule : rules_) last = std::max(last, first_shown(rule.last_up_to(shown)));
  }
  return last;
}

std::int64_t PeriodTable::Rule::first_above(std::int64_t local_s) const {
  const std::int64_t cycle = origin_s + floor_to(local_s - origin_s, cycle_s);
  const auto found = std::upper_bound(moments_s.begin(), moments_s.end(), local_s - cycle);
  return found != moments_s.end() ? cycle + *found : cycle + cycle_s + moments_s.front();
}

std::int64_t PeriodTable::Rule::last_up_to(std::int64_t local_s) const {
  const std::int64_t cycle = origin_s + floor_to(local_s - origin_s, cycle_s);
  const auto after = std::upper_bound(moments_s.begin(), moments_s.end(), local_s - cycle);
  return after != moments_s.begin() ? cycle + *(after - 1) : cycle - cycle_s + moments_s.back();
}

std::vector<PeriodTable::Span> PeriodTable::spans(std::int64_t begin_s, std::int64_t end_s) const {
  if (!offset_) return {{begin_s, end_s, 0}};
  std::vector<Span> found = {{begin_s, end_s, offset_(begin_s)}};
  for (std::int64_t probe = begin_s; probe < end_s;) {
    const std::int64_t before = found.back().offset_s;
    const std::int64_t probe_end = std::min(probe + kProbeSeconds, end_s);
    if (offset_(probe_end) == before) {
      probe = probe_end;
      continue;
    }
    std::int64_t low = probe;  // has the offset `before`; `high` has not
    std::int64_t high = probe_end;
    while (high - low > 1) {
      const std::int64_t middle = low + (high - low) / 2;
      (offset_(middle) == before ? low : high) = middle;
    }
    if (high == end_s) break;  // the first moment that was not asked for
    found.back().end_s = high;
    found.push_back({high, end_s, offset_(high)});
    probe = high;
  }
  return found;
}

std::int64_t PeriodTable::latest_shown(std::int64_t utc_s) const {
  std::int64_t latest = std::numeric_limits<std::int64_t>::min();
  // Earlier, every clock was behind what any clock shows now.
  for (const Span& span : spans(utc_s - 2 * kOffsetMax, utc_s + 1)) {
    latest = std::max(latest, span.end_s - 1 + span.offset_s);
  }
  return latest;
}

std::int64_t PeriodTable::first_shown(std::int64_t local_s) const {
  for (const Span& span : spans(local_s - kOffsetMax, local_s + kOffsetMax)) {
    if (span.end_s - 1 + span.offset_s >= local_s) {
      return std::max(span.begin_s, local_s - span.offset_s);
    }
  }
  return local_s + kOffsetMax;  // a zone that is further away than can be
}

std::vector<PeriodTable::Run> PeriodTable::runs_around(std::int64_t utc_s) const {
  std::vector<Run> runs;
  std::optional<std::int64_t> shown;  // the latest local time before the span
  for (const Span& span : spans(utc_s - kStepsBefore, utc_s + kStepsAfter)) {
    const std::int64_t local = span.begin_s + span.offset_s;
    const std::int64_t step = ceil_to(local, step_s_);
    std::int64_t first = step - span.offset_s;
    if (shown && step != local && step - step_s_ > *shown) {
      runs.push_back({span.begin_s, span.begin_s});  // skipped
    }
    const bool is_repeated = shown && step <= *shown;
    if (is_repeated && !runs.empty() && first - runs.back().last_s < step_s_) first += step_s_;
    if (first < span.end_s) {
      runs.push_back({first, first + floor_to(span.end_s - 1 - first, step_s_)});
    }
    const std::int64_t span_shown = span.end_s - 1 + span.offset_s;
    shown = std::max(span_shown, shown.value_or(span_shown));
  }
  return runs;
}

}  // namespace lathe
