// SPDX-License-Identifier: MIT
//
// How the line from ticks to wall-clock time is bent at a sample. All in whole numbers, with 128
// bits where two 64-bit numbers are multiplied.

#include "core/stamp_calibration.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

namespace lathe {
namespace {

constexpr std::int64_t kGapNsMin = 10'000;         // closer samples tell nothing of the rate
constexpr std::int64_t kDelayNsMin = 1'000'000;    // until the second sample
constexpr std::int64_t kDelayNsMax = 500'000'000;  // between samples in the long run
constexpr std::int64_t kWindowNs = 4'000'000'000;  // over which the rate is measured, at least
constexpr std::int64_t kNoiseNs = 5'000;           // a sample may be this far off
constexpr std::int64_t kSteadyPerMillion = 20;     // rates this close are one rate, measured twice
constexpr std::int64_t kDriftPerMillion = 100;     // ... and these, if the drift has just changed
constexpr double kGuessFactor = 16;  // a rate further than this from the guess is none

// Keeps twice an error, and a duration in ticks, well inside of 64 bits.
constexpr std::int64_t kErrorNsMax = std::int64_t{1} << 60;
constexpr std::int64_t kTicksMax = std::int64_t{1} << 61;

// Parts in a million of a number, without an overflow on the way.
constexpr std::int64_t parts(std::int64_t of, std::int64_t per_million) noexcept {
  return of / 1'000'000 * per_million + of % 1'000'000 * per_million / 1'000'000;
}

}  // namespace

StampCalibration::StampCalibration(double ns_per_tick) noexcept {
  const double unit = std::ldexp(1.0, kRateShift);
  const double guess = std::clamp(ns_per_tick, std::ldexp(1.0, -10), std::ldexp(1.0, 9)) * unit;
  rate_ = static_cast<Rate>(guess);
  rate_min_ = static_cast<Rate>(guess / kGuessFactor);
  rate_max_ = static_cast<Rate>(guess * kGuessFactor);
  current_.rate = rate_;
  previous_ = current_;
  delay_ns_ = kDelayNsMin;
}

void StampCalibration::update(std::uint64_t ticks, std::int64_t wall_ns) noexcept {
  const Sample now{ticks, wall_ns};
  if (samples_ == 0) {
    baseline_ = baseline_next_ = now;
    restart_at(now);
  } else {
    const auto gap_ticks = static_cast<std::int64_t>(ticks - last_.ticks);
    if (scale(gap_ticks, rate_) < kGapNsMin) return;
    measure_rate(now);
    delay_ns_ = std::min(delay_ns_ * 2, kDelayNsMax);
    const std::int64_t error_ns = error_at(now);
    if (samples_ == 1 && std::abs(error_ns) > kGapNsMin) {
      restart_at(now);  // the guess was a bad one, and nothing is worth keeping
    } else {
      previous_ = std::exchange(current_, line_from(now, error_ns));
    }
  }
  last_ = now;
  samples_ = std::min(samples_ + 1, 2U);
}

void StampCalibration::restart_at(const Sample& now) noexcept {
  current_ = Line{.base_ticks = now.ticks, .base_ns = now.wall_ns, .rate = rate_};
  previous_ = current_;
}

// How far the wall clock is ahead of us.
std::int64_t StampCalibration::error_at(const Sample& now) const noexcept {
  const Wide error = Wide{now.wall_ns} - to_wall_ns(now.ticks);
  return static_cast<std::int64_t>(std::clamp<Wide>(error, -kErrorNsMax, kErrorNsMax));
}

StampCalibration::Rate StampCalibration::rate_between(const Sample& from,
                                                      const Sample& to) noexcept {
  const Wide wall_ns = Wide{to.wall_ns} - from.wall_ns;
  const auto ticks = static_cast<std::int64_t>(to.ticks - from.ticks);
  const Wide rate = (wall_ns * (Wide{1} << kRateShift)) / ticks;
  return static_cast<Rate>(std::clamp<Wide>(rate, 0, std::numeric_limits<Rate>::max()));
}

// Sets rate_ by the interval that ends now: one at that rate makes the baseline longer; one that
// is like the interval before it, though not at that rate, starts a new baseline; any other tells
// nothing, since the clock was set in it. So if rate_ itself is wrong, two intervals put it right.
void StampCalibration::measure_rate(const Sample& now) noexcept {
  const Rate interval_rate = rate_between(last_, now);
  const bool is_possible = interval_rate >= rate_min_ && interval_rate <= rate_max_;
  const auto gap_ticks = static_cast<std::int64_t>(now.ticks - last_.ticks);
  const Wide gap_ns = Wide{now.wall_ns} - last_.wall_ns;
  const auto has_rate = [&](Rate rate, std::int64_t per_million) {
    const std::int64_t expected_ns = scale(gap_ticks, rate);
    const std::int64_t slack_ns = kNoiseNs + parts(expected_ns, per_million);
    return gap_ns >= Wide{expected_ns} - slack_ns && gap_ns <= Wide{expected_ns} + slack_ns;
  };

  if (samples_ == 1) {
    if (is_possible) rate_ = interval_rate;
  } else if (has_rate(rate_, kSteadyPerMillion)) {
    rate_ = std::clamp(rate_between(baseline_, now), rate_min_, rate_max_);
    move_baseline(now);
  } else if (is_possible && has_rate(interval_rate_, kDriftPerMillion)) {
    rate_ = interval_rate;
    baseline_ = baseline_next_ = last_;
  } else {
    baseline_ = baseline_next_ = now;
  }
  interval_rate_ = interval_rate;
}

void StampCalibration::move_baseline(const Sample& now) noexcept {
  const auto age_ticks = static_cast<std::int64_t>(now.ticks - baseline_next_.ticks);
  if (scale(age_ticks, rate_) < kWindowNs) return;
  baseline_ = baseline_next_;
  baseline_next_ = now;
}

StampCalibration::Line StampCalibration::line_from(const Sample& now,
                                                   std::int64_t error_ns) const noexcept {
  Line line{.base_ticks = now.ticks, .base_ns = to_wall_ns(now.ticks), .rate = rate_};
  if (error_ns > kJumpNs) {
    line.base_ns = now.wall_ns;
    return line;
  }
  // At the slowest, 1 / kSlewDivisor of the time is lost: so long it takes to lose the error.
  const std::int64_t wait_ns = -error_ns * kSlewDivisor;
  const std::int64_t slew_ns = std::max(delay_ns_, wait_ns);
  const Wide ticks = (Wide{slew_ns} << kRateShift) / rate_;
  line.slew_ticks = static_cast<std::int64_t>(std::min<Wide>(ticks, kTicksMax));
  if (wait_ns >= delay_ns_) {  // not by the difference: of decades, the ticks are cut short
    line.slew_rate = rate_ - rate_ / kSlewDivisor;
    line.slew_ns = scale(line.slew_ticks, line.slew_rate);
  } else {
    line.slew_ns = scale(line.slew_ticks, rate_) + error_ns;
    line.slew_rate = static_cast<Rate>((Wide{line.slew_ns} << kRateShift) / line.slew_ticks);
  }
  return line;
}

}  // namespace lathe
