// SPDX-License-Identifier: MIT

#include "engine/tick_rate.hpp"

namespace lathe {

namespace {

double measure(const Clock& clock) {
  // Long enough that 100 ns of error at each end are 0.1 %, short enough for a start of a program.
  constexpr std::int64_t kMeasureNs = 200'000;
  const std::int64_t start_ns = clock.steady_ns();
  const std::uint64_t start = clock.stamp();
  std::int64_t now_ns = start_ns;
  std::uint64_t now = start;
  while (now_ns - start_ns < kMeasureNs || now == start) {
    now_ns = clock.steady_ns();
    now = clock.stamp();
  }
  return static_cast<double>(now_ns - start_ns) / static_cast<double>(now - start);
}

}  // namespace

double tick_rate_ns(const Clock& clock) {
  if (&clock != &system_clock() || !stamp_counter_usable()) {
    return 1.0;
  }
  static const double rate = measure(clock);
  return rate;
}

}  // namespace lathe
