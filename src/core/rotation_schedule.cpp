// SPDX-License-Identifier: MIT

#include "core/rotation_schedule.hpp"

#include <algorithm>
#include <utility>

namespace lathe {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kDayNs = kDaySeconds * kSecondNs;

// Rounds down, before 1970 too.
std::int64_t seconds_of(std::int64_t ns) noexcept {
  return ns / kSecondNs - (ns % kSecondNs < 0 ? 1 : 0);
}

// Boundaries beyond what 64 bits of nanoseconds hold (the year 2262) are never reached.
std::int64_t nanoseconds_of(std::int64_t seconds) noexcept {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / kSecondNs;
  return seconds > kMost ? std::numeric_limits<std::int64_t>::max()
                         : std::max(seconds, -kMost) * kSecondNs;
}

}  // namespace

RotationSchedule::RotationSchedule(const RotationOptions& options, ZoneOffset offset)
    : table_(options, std::move(offset)) {}

bool RotationSchedule::is_empty() const noexcept { return table_.is_empty(); }

void RotationSchedule::start(std::int64_t now_ns, std::optional<std::int64_t> written_ns) {
  if (table_.is_empty()) return;
  const bool is_of_now = !written_ns || *written_ns >= now_ns;
  // Of two moments in one period, either will do.
  enter_period_of(is_of_now ? now_ns : *written_ns);
}

bool RotationSchedule::is_due(std::int64_t now_ns) {
  if (now_ns >= period_end_ns_) return true;
  if (is_clock_mended(now_ns)) enter_period_of(now_ns);
  return false;
}

void RotationSchedule::begin_period(std::int64_t now_ns) {
  if (table_.is_empty()) return;
  if (!period_start_ns_ || now_ns >= period_end_ns_ || is_clock_mended(now_ns)) {
    enter_period_of(now_ns);
  }
}

std::optional<std::int64_t> RotationSchedule::period_start_ns() const noexcept {
  return period_start_ns_;
}

void RotationSchedule::enter_period_of(std::int64_t at_ns) {
  const std::int64_t at_s = seconds_of(at_ns);
  period_start_ns_ = nanoseconds_of(table_.last_at(at_s));
  period_end_ns_ = nanoseconds_of(table_.next_after(at_s));
}

bool RotationSchedule::is_clock_mended(std::int64_t now_ns) const noexcept {
  return period_start_ns_ && now_ns < *period_start_ns_ - kDayNs;
}

}  // namespace lathe
