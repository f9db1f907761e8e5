// SPDX-License-Identifier: MIT

#include "tools/latency_series.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace lathe::tools {
namespace {

// Enough that a curve looks smooth where its buckets are.
constexpr double kPointsPerNine = 20;

double scaled(const Samples& samples, std::uint64_t value) {
  return static_cast<double>(value) * samples.ns_per_unit;
}

// Digits behind the point that make three in all.
int decimals_of(double value) { return value < 9.995 ? 2 : value < 99.95 ? 1 : 0; }

}  // namespace

std::optional<double> percentile_ns(const Samples& samples, const ToldPercent& told) {
  if (samples.histogram.count() < told.samples_min) {
    return std::nullopt;
  }
  return scaled(samples, samples.histogram.percentile(told.percent));
}

double max_ns(const Samples& samples) { return scaled(samples, samples.histogram.max()); }

std::vector<CurvePoint> curve_of(const Samples& samples) {
  const Histogram& histogram = samples.histogram;
  std::vector<CurvePoint> curve;
  if (histogram.count() == 0) {
    return curve;
  }
  const double last = std::log10(static_cast<double>(histogram.count()));
  for (int i = 0; i / kPointsPerNine < last; ++i) {
    const double nines = i / kPointsPerNine;
    const double percent = 100 * (1 - std::pow(10, -nines));
    curve.push_back({nines, scaled(samples, histogram.percentile(percent))});
  }
  curve.push_back({last, max_ns(samples)});
  return curve;
}

std::string duration_text(double ns) {
  struct Unit {
    double ns;
    const char* name;
  };
  constexpr Unit kUnits[] = {{1, "ns"}, {1e3, "us"}, {1e6, "ms"}, {1e9, "s"}};
  const Unit* unit = std::begin(kUnits);
  // 999.5 would be shown as 1000.
  while (unit != std::end(kUnits) - 1 && ns / unit->ns >= 999.5) {
    ++unit;
  }
  const double value = ns / unit->ns;
  return fmt::format("{:.{}f} {}", value, decimals_of(value), unit->name);
}

}  // namespace lathe::tools
