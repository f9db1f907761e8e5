// SPDX-License-Identifier: MIT
//
// A simulated wall clock and a simulated counter.

#pragma once

#include <cstdint>

#include "support/time_units.hpp"

namespace lathe {

inline constexpr std::int64_t kMs = 1'000'000;
inline constexpr std::int64_t kStart = 1'795'355'433 * kSecondNs;

// Both clocks, as functions of the nanoseconds that have passed, with whole numbers only.
//
// Threads: thread-compatible
class World {
 public:
  // `ticks_per_ms` of the counter; the wall clock runs `drift_ppb` parts in 10^9 faster than time.
  World(std::int64_t ticks_per_ms, std::int64_t drift_ppb, std::uint64_t first_tick)
      : ticks_per_ms_(ticks_per_ms), drift_ppb_(drift_ppb), first_tick_(first_tick) {}

  void pass(std::int64_t ns) {
    wall_ns_ += ns + ns / 1'000'000 * drift_ppb_ / 1'000 + ns % 1'000'000 * drift_ppb_ / kSecondNs;
    passed_ns_ += ns;
  }
  void step(std::int64_t ns) { wall_ns_ += ns; }
  void set_drift(std::int64_t drift_ppb) { drift_ppb_ = drift_ppb; }

  [[nodiscard]] std::uint64_t ticks() const {
    return first_tick_ + static_cast<std::uint64_t>(passed_ns_ / kMs * ticks_per_ms_ +
                                                    passed_ns_ % kMs * ticks_per_ms_ / kMs);
  }
  [[nodiscard]] std::int64_t wall_ns() const { return wall_ns_; }
  [[nodiscard]] double ns_per_tick() const {
    return static_cast<double>(kMs) / static_cast<double>(ticks_per_ms_);
  }

 private:
  std::int64_t ticks_per_ms_;
  std::int64_t drift_ppb_;
  std::uint64_t first_tick_;
  std::int64_t wall_ns_ = kStart;
  std::int64_t passed_ns_ = 0;
};

}  // namespace lathe
