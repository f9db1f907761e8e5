// SPDX-License-Identifier: MIT
//
// Records that are on the device when the call returns: lathe's threads, which share syncs, and
// what a program does without it, write(2) and fdatasync(2) for each record.

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <lathe/lathe.hpp>

#include <atomic>
#include <barrier>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <vector>

#include "contenders.hpp"
#include "slow_sync.hpp"

namespace lathe::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Seconds until `log(thread, number)` has returned for all records, each thread with its share.
double time_threads(unsigned threads, std::uint64_t records,
                    const std::function<void(unsigned, std::uint64_t)>& log) {
  std::barrier start(threads + 1);
  std::vector<std::thread> crew;
  for (unsigned thread = 0; thread < threads; ++thread) {
    crew.emplace_back([&, thread] {
      start.arrive_and_wait();
      for (std::uint64_t number = 0; number < records / threads; ++number) log(thread, number);
    });
  }
  const SteadyClock::time_point begin = SteadyClock::now();
  start.arrive_and_wait();
  for (std::thread& each : crew) each.join();
  return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

// Seconds, bytes, records, syncs: as throughput_report(), and what they took of the device.
Report report_of(double seconds, const std::string& path, unsigned threads, std::uint64_t records,
                 std::uint64_t syncs) {
  const std::uint64_t bytes = check_durable_file(path, threads, records);
  return {seconds, static_cast<double>(bytes), static_cast<double>(records),
          static_cast<double>(syncs)};
}

Report lathe_waits(const RunOptions& options, unsigned threads) {
  const std::string path = options.folder + "/lathe.log";
  const std::uint64_t records = options.records / threads * threads;
  double seconds = 0;
  std::uint64_t syncs = 0;
  {
    Backend backend(rotating_file_sink({.path = path,
                                        .sync = {.interval = std::chrono::nanoseconds(0),
                                                 .level_min = Level::error,
                                                 .wait_level = true},
                                        .pattern = kLathePattern}));
    const Logger log = backend.logger("bench");
    std::atomic<std::uint64_t> failed{0};
    seconds = time_threads(threads, records, [&](unsigned thread, std::uint64_t number) {
      LATHE_ERROR(log, "{}", durable_message(thread, number));
      if (last_wait_error()) failed.fetch_add(1, std::memory_order_relaxed);  // joined before read
    });
    const Stats stats = backend.stats();
    if (failed != 0 || stats.records_durable != records) {
      throw std::runtime_error(fmt::format("{} of {} records are durable, {} calls failed",
                                           stats.records_durable, records, failed.load()));
    }
    syncs = stats.syncs;
  }
  return report_of(seconds, path, threads, records, syncs);
}

// One write and one fdatasync for each record, under a mutex.
Report sync_each(const RunOptions& options, unsigned threads) {
  const std::string path = options.folder + "/each.log";
  const std::uint64_t records = options.records / threads * threads;
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0640);
  if (file < 0) throw std::system_error(errno, std::generic_category(), path);
  std::mutex mutex;
  std::atomic<bool> has_failed{false};
  const double seconds = time_threads(threads, records, [&](unsigned thread, std::uint64_t number) {
    const std::string line = fmt::format("2026-11-22 13:50:33.123456 [{}] error    {}\n",
                                         ::getpid(), durable_message(thread, number));
    const std::lock_guard lock(mutex);
    const bool is_done =
        ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
        ::fdatasync(file) == 0;
    if (!is_done) has_failed = true;
  });
  if (has_failed) throw std::runtime_error("cannot write and sync " + path);
  if (::close(file) != 0) throw std::system_error(errno, std::generic_category(), path);
  return report_of(seconds, path, threads, records, records);
}

template <unsigned threads>
Report durable_lathe(const RunOptions& options) {
  return lathe_waits(options, threads);
}
template <unsigned threads>
Report durable_each(const RunOptions& options) {
  return sync_each(options, threads);
}

// The same on a device that takes longer, as most do that have no cache of their own.
constexpr std::chrono::milliseconds kDelay(2);

template <unsigned threads>
Report slow_lathe(const RunOptions& options) {
  delay_syncs(kDelay);
  return lathe_waits(options, threads);
}
template <unsigned threads>
Report slow_each(const RunOptions& options) {
  delay_syncs(kDelay);
  return sync_each(options, threads);
}

constexpr Contender kContenders[] = {
    {"durable.lathe_many", "lathe, wait_level, 16 threads", &durable_lathe<kDurableThreads>},
    {"durable.each_many", "a sync each, 16 threads", &durable_each<kDurableThreads>},
    {"durable.each_one", "a sync each, 1 thread", &durable_each<1>},
    {"durable.lathe_one", "lathe, wait_level, 1 thread", &durable_lathe<1>},
    {"slow.lathe_many", "lathe, wait_level, 16 threads", &slow_lathe<kDurableThreads>},
    {"slow.each_many", "a sync each, 16 threads", &slow_each<kDurableThreads>},
    {"slow.each_one", "a sync each, 1 thread", &slow_each<1>},
    {"slow.lathe_one", "lathe, wait_level, 1 thread", &slow_lathe<1>},
};

}  // namespace

std::span<const Contender> durable_contenders() { return kContenders; }

}  // namespace lathe::bench
