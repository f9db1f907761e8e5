// SPDX-License-Identifier: MIT
//
// What `lathe latency` is asked to measure. Does not know the command line
// (latency_arguments.hpp) or how it is measured (latency_run.hpp).

#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <lathe/options.hpp>

namespace lathe::tools {

// How a record is logged.
enum class Form : std::uint8_t {
  formatted,  // LATHE_INFO(log, ...)
  function,   // log.info(...)
  deferred,   // LATHE_INFO(log.deferred(), ...)
};

// A policy, and what the command line calls it.
struct SyncChoice {
  std::string name;
  SyncOptions options;
};

// One combination of everything that can be varied.
struct LatencyCase {
  unsigned threads = 1;
  Form form = Form::formatted;
  Overflow overflow = Overflow::block;
  SyncChoice sync = {.name = "1s", .options = {}};
  std::uint64_t size_bytes_max = 0;  // of a file; zero: never rotated
  std::uint64_t rate_per_s = 0;      // calls of all threads together; zero: flat out
  std::uint64_t text_bytes = 0;      // a text of that length is logged; zero: numbers
};

struct LatencyPlan {
  std::vector<LatencyCase> cases;
  // Each measurement ends with whichever comes first; at least one of them is set.
  std::uint64_t calls_max = 0;               // of each thread; zero: no limit
  std::chrono::nanoseconds duration_max{0};  // zero: no limit
  std::uint64_t queue_bytes = 256 * KiB;     // of each thread
  std::vector<unsigned> cpus;  // the I/O thread's, then the threads' in turn; empty: not pinned
  std::string folder;          // where a folder of our own is made and removed again
};

// Calls that are timed together where a batch is measured: as the published comparisons do.
inline constexpr std::uint64_t kBatchCalls = 20;

}  // namespace lathe::tools
