// SPDX-License-Identifier: MIT
//
// One point of a scaling curve: how much goes through, and what a call takes meanwhile.

#pragma once

#include <cstdint>

#include "tools/latency_plan.hpp"

namespace lathe::bench {

struct PointLimits {
  std::uint64_t bytes = 0;       // written flat out, by all threads together
  std::uint64_t rate_per_s = 0;  // for the latency; half of what goes through, where that is less
  std::chrono::nanoseconds duration{0};  // of the latency's measurement
};

struct PointResult {
  double records_per_s = 0;  // flat out, from the first call until all is with the kernel
  double bytes_per_s = 0;
  double call_ns = 0;     // 99.9th percentile of a call, at a steady rate
  double rate_per_s = 0;  // that rate
};

// Measures the only case of the plan: flat out, in batches (a clock around each call would be
// measured with it), then each call alone at a steady rate. Both outputs are read back.
//
// Errors: std::runtime_error if an output is wrong; OptionError; std::system_error
[[nodiscard]] PointResult measure_point(const tools::LatencyPlan& plan, const PointLimits& limits);

}  // namespace lathe::bench
