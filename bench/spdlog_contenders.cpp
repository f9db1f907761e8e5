// SPDX-License-Identifier: MIT
//
// spdlog's asynchronous logger as its own documentation sets it up: 8,192 slots, one I/O thread,
// block when full; the same line layout.

#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "contender.hpp"

namespace lathe::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kSlots = 8192;

struct SpdlogSetup {
  explicit SpdlogSetup(const std::string& path)
      : sink(std::make_shared<spdlog::sinks::basic_file_sink_st>(path)),
        pool(std::make_shared<spdlog::details::thread_pool>(kSlots, 1, [] { pin_backend(); })),
        logger(std::make_shared<spdlog::async_logger>("bench", sink, pool,
                                                      spdlog::async_overflow_policy::block)) {
    logger->set_pattern(kSpdlogPattern, spdlog::pattern_time_type::utc);
  }

  // Waits until the I/O thread has taken everything, then hands it to the kernel.
  void finish() {
    pool.reset();  // the logger holds it weakly; its destructor joins the thread
    sink->flush();
  }

  std::shared_ptr<spdlog::sinks::basic_file_sink_st> sink;
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::async_logger> logger;
};

Report latency_spdlog(const RunOptions& options) {
  SpdlogSetup setup(options.folder + "/spdlog.log");
  spdlog::async_logger& log = *setup.logger;
  pin_producer();
  SPDLOG_LOGGER_INFO(&log, "warm-up");
  Report report = measure_latency(options, [&](std::uint64_t i, std::uint64_t j, double v) {
    SPDLOG_LOGGER_INFO(&log, "Logging int: {}, int: {}, double: {}", i, j, v);
  });
  setup.finish();
  return report;
}

Report throughput_spdlog(const RunOptions& options) {
  const std::string path = options.folder + "/spdlog.log";
  SpdlogSetup setup(path);
  spdlog::async_logger& log = *setup.logger;
  pin_producer();
  const SteadyClock::time_point start = SteadyClock::now();
  for (std::uint64_t i = 0; i < options.records; ++i) {
    SPDLOG_LOGGER_INFO(&log, "Iteration: {} int: {} double: {}", i, i * 2,
                       static_cast<double>(i) / 2);
  }
  setup.finish();
  return throughput_report(SteadyClock::now() - start, path, options);
}

// The calls that rotated, of a logger without a thread, in microseconds: p50, p99, largest, count.
Report rotation_spdlog(const RunOptions& options) {
  constexpr std::size_t kFileBytes = 64 * 1024;
  constexpr std::size_t kFiles = 10;
  constexpr std::uint64_t kRecordsPerRotation = 2000;
  spdlog::logger log("bench", std::make_shared<spdlog::sinks::rotating_file_sink_st>(
                                  options.folder + "/spdlog.log", kFileBytes, kFiles));
  const double tick_us = measure_tick_ns() / 1000;
  const std::string message(1000, 'x');
  const std::uint64_t rotations = std::max(options.records / kRecordsPerRotation, std::uint64_t{1});
  std::vector<double> samples;
  for (std::uint64_t bytes = 0; bytes < rotations * kFileBytes; bytes += message.size()) {
    const std::uint64_t start = ticks();
    SPDLOG_LOGGER_INFO(&log, "{}", message);
    samples.push_back(static_cast<double>(ticks() - start) * tick_us);
  }
  // A call that rotates takes longest by far.
  std::sort(samples.begin(), samples.end(), std::greater<>());
  samples.resize(static_cast<std::size_t>(rotations));
  const Report all = percentiles(samples);
  return {all[0], all[3], all.back(), static_cast<double>(rotations), 0};
}

constexpr Contender kContenders[] = {
    {"latency.spdlog", "spdlog async", &latency_spdlog},
    {"throughput.spdlog", "spdlog async", &throughput_spdlog},
    {"rotation.spdlog", "spdlog, rotating sink", &rotation_spdlog},
};

}  // namespace

std::span<const Contender> spdlog_contenders() { return kContenders; }

}  // namespace lathe::bench
