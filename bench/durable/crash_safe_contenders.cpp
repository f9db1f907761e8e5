// SPDX-License-Identifier: MIT
//
// The same calls with the queues in a spool (crash_safe) and in private memory; and with a device
// that is late.

#include <lathe/lathe.hpp>

#include <stdexcept>
#include <system_error>
#include <utility>

#include "contenders.hpp"
#include "slow_sync.hpp"

namespace lathe::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

BackendOptions backend_options(bool crash_safe) {
  BackendOptions options{.crash_safe = crash_safe};
  if (bench_cpus().size() > 1) options.cpu = bench_cpus()[1];
  return options;
}

RotatingFileOptions file_options(const RunOptions& options) {
  return {.path = options.folder + "/lathe.log",
          .sync = {.interval = std::chrono::nanoseconds(0),
                   .level_min = Level::off,
                   .on_rotate = false},
          .pattern = kLathePattern};
}

// What throughput_report() reads back.
void log_formatted(const Logger& log, std::uint64_t number) {
  LATHE_INFO(log, "Iteration: {} int: {} double: {}", number, number * 2,
             static_cast<double>(number) / 2);
}
void log_deferred(const Logger& log, std::uint64_t number) {
  LATHE_INFO(log.deferred(), "Iteration: {} int: {} double: {}", number, number * 2,
             static_cast<double>(number) / 2);
}

void check_backend(Backend& backend, bool crash_safe) {
  if (const std::error_code error = backend.flush()) throw std::system_error(error, "lathe");
  if (backend.stats().crash_safe != crash_safe) {
    throw std::runtime_error("the queues are not where they should be");
  }
}

// Each call timed by itself, two readings of the clock included, 20 in a row after a busy pause of
// 2.0 to 2.2 ms: so the queue is empty, and no call waits for another.
template <class Call>
Report time_calls(const RunOptions& options, const Call& call) {
  const double tick_ns = measure_tick_ns();
  std::minstd_rand random(20261122);
  std::uniform_real_distribution<double> pause_ns(2.0e6, 2.2e6);
  std::vector<double> samples;
  samples.reserve(options.batches * kBatchCalls);
  for (std::uint64_t i = 0; i < options.batches; ++i) {
    for (std::uint64_t j = 0; j < kBatchCalls; ++j) {
      const std::uint64_t start = ticks();
      call(i * kBatchCalls + j);
      samples.push_back(static_cast<double>(ticks() - start) * tick_ns);
    }
    const auto resume = ticks() + static_cast<std::uint64_t>(pause_ns(random) / tick_ns);
    while (ticks() < resume) {
    }
  }
  return percentiles(std::move(samples));
}

template <class Log>
Report call_times(const RunOptions& options, const RotatingFileOptions& file, bool crash_safe,
                  const Log& log) {
  Report report;
  {
    Backend backend(backend_options(crash_safe), rotating_file_sink(file));
    const Logger logger = backend.logger("bench");
    pin_producer();
    log(logger, 0);  // makes the thread's queue
    report = time_calls(options, [&](std::uint64_t number) { log(logger, number + 1); });
    check_backend(backend, crash_safe);
  }
  RunOptions want = options;
  want.records = options.batches * kBatchCalls + 1;
  (void)throughput_report({}, file.path, want);  // throws if a line is wrong
  return report;
}

template <class Log>
Report throughput(const RunOptions& options, bool crash_safe, const Log& log) {
  const RotatingFileOptions file = file_options(options);
  SteadyClock::duration duration;
  {
    Backend backend(backend_options(crash_safe), rotating_file_sink(file));
    const Logger logger = backend.logger("bench");
    pin_producer();
    const SteadyClock::time_point start = SteadyClock::now();
    for (std::uint64_t i = 0; i < options.records; ++i) log(logger, i);
    check_backend(backend, crash_safe);
    duration = SteadyClock::now() - start;
  }
  return throughput_report(duration, file.path, options);
}

template <bool crash_safe>
Report call_formatted(const RunOptions& options) {
  return call_times(options, file_options(options), crash_safe, log_formatted);
}
template <bool crash_safe>
Report call_deferred(const RunOptions& options) {
  return call_times(options, file_options(options), crash_safe, log_deferred);
}
template <bool crash_safe>
Report throughput_formatted(const RunOptions& options) {
  return throughput(options, crash_safe, log_formatted);
}
template <bool crash_safe>
Report throughput_deferred(const RunOptions& options) {
  return throughput(options, crash_safe, log_deferred);
}

// A sync follows the other, each of which takes that long.
constexpr std::chrono::milliseconds kLate(100);
constexpr std::chrono::milliseconds kSyncInterval(20);

template <bool is_late>
Report late_formatted(const RunOptions& options) {
  if (is_late) delay_syncs(kLate);
  RotatingFileOptions file = file_options(options);
  file.sync.interval = kSyncInterval;
  Report report = call_times(options, file, true, log_formatted);
  delay_syncs(std::chrono::nanoseconds(0));
  return report;
}

constexpr Contender kContenders[] = {
    {"late.formatted_late", "formatted, fdatasync 100 ms late", &late_formatted<true>},
    {"late.formatted_prompt", "formatted, fdatasync as it is", &late_formatted<false>},
    {"call.formatted_on", "formatted, crash_safe", &call_formatted<true>},
    {"call.formatted_off", "formatted, without", &call_formatted<false>},
    {"call.deferred_on", "deferred, crash_safe", &call_deferred<true>},
    {"call.deferred_off", "deferred, without", &call_deferred<false>},
    {"throughput.formatted_on", "formatted, crash_safe", &throughput_formatted<true>},
    {"throughput.formatted_off", "formatted, without", &throughput_formatted<false>},
    {"throughput.deferred_on", "deferred, crash_safe", &throughput_deferred<true>},
    {"throughput.deferred_off", "deferred, without", &throughput_deferred<false>},
};

}  // namespace

std::span<const Contender> crash_safe_contenders() { return kContenders; }

}  // namespace lathe::bench
