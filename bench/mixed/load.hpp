// SPDX-License-Identifier: MIT
//
// One worker that handles requests: one after another, or as they come.

#pragma once

#include <cstdint>
#include <vector>

#include <lathe/histogram.hpp>

#include "request.hpp"
#include "request_log.hpp"

namespace lathe::bench {

// What is offered to the worker.
struct Load {
  double seconds = 0;
  // Requests a second, at random times (exponential gaps, the same in each run). Zero: closed loop,
  // each request as soon as the one before it is done.
  double rate_per_s = 0;
};

struct LoadResult {
  double requests_per_s = 0;  // done, until all they logged is with the kernel
  double cpu_us = 0;          // of the whole process, a request
  // Of a request: from when it came (open loop) or began (closed loop) until it was done. Those
  // that never began are in it with the time for which they had waited in the end.
  Histogram latency_ns;
  std::uint64_t not_begun = 0;
  std::vector<std::uint64_t> hashes;  // of each request, with those before the clock
};

// Open loop: no request comes after `seconds`; those that wait then are still handled, for as long
// again. The log is finished.
[[nodiscard]] LoadResult run_load(const Load& load, const Handler& handler, RequestLog& log);

}  // namespace lathe::bench
