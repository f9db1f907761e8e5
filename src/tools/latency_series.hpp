// SPDX-License-Identifier: MIT
//
// Percentiles of samples in nanoseconds, and how people read them. Pure.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tools/latency_report.hpp"

namespace lathe::tools {

// A percentile that is told, and the fewest samples of which one lies above it: the 99.99th of 500
// calls would be no more than the largest under a better name.
struct ToldPercent {
  double percent;
  const char* name;
  std::uint64_t samples_min;
};
inline constexpr std::array<ToldPercent, 5> kToldPercents{{{50, "50", 2},
                                                           {90, "90", 10},
                                                           {99, "99", 100},
                                                           {99.9, "99.9", 1000},
                                                           {99.99, "99.99", 10'000}}};

// Nothing where there are too few samples for it.
[[nodiscard]] std::optional<double> percentile_ns(const Samples& samples, const ToldPercent& told);
[[nodiscard]] double max_ns(const Samples& samples);

// One point of a percentile curve. `nines` is log10(1 / (1 - p)): 1 at 90 %, 2 at 99 %.
struct CurvePoint {
  double nines;
  double ns;
};

// From the least sample (at 0) to the largest (at log10 of their number), 20 points a nine. Neither
// coordinate ever decreases. Empty where there are no samples.
//
// Tested by: LatencySeriesTest
[[nodiscard]] std::vector<CurvePoint> curve_of(const Samples& samples);

// "0.52 ns", "45.2 ns", "1.23 us", "105 ms": three digits that count. Tested by: LatencySeriesTest
[[nodiscard]] std::string duration_text(double ns);

}  // namespace lathe::tools
