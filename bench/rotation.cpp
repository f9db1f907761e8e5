// SPDX-License-Identifier: MIT
//
// What rotation and retention cost: stalls of the I/O thread, and a directory of 100,000 backups.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>
#include <lathe/lathe.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

#include "contender.hpp"
#include "slow_sync.hpp"

namespace lathe::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::uint64_t kFileBytes = 64 * KiB;
constexpr std::uint64_t kRecordsPerRotation = 2000;  // 2,000,000 records: 1,000 rotations
constexpr std::chrono::milliseconds kSyncDelay(100);
constexpr rlim_t kDescriptors = 2048;  // more than there are rotations
constexpr std::uint64_t kBackups = 100'000;
constexpr std::uint64_t kKept = 10;

// Each rotated file stays open until its slow sync is done. The kernel's table of them is grown
// here, as it is in a program that has had as many open: in a process with threads, each doubling
// waits until all CPUs have passed through the scheduler (synchronize_rcu), which is 10 to 20 ms of
// whoever opens the file, and nothing of a rotation.
void allow_many_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    throw std::system_error(errno, std::generic_category(), "getrlimit");
  }
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    throw std::system_error(errno, std::generic_category(), "setrlimit");
  }
  const rlim_t number = std::min(limit.rlim_max, kDescriptors) - 1;
  const int highest = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, static_cast<int>(number));
  if (highest < 0 || ::close(highest) != 0) {
    throw std::system_error(errno, std::generic_category(), "fcntl");
  }
}

// Stalls of the I/O thread in microseconds (p50, p99, largest), rotations, and those that failed.
Report stall(const RunOptions& options) {
  allow_many_files();
  delay_syncs(kSyncDelay);
  Backend backend(rotating_file_sink(
      {.path = options.folder + "/lathe.log", .rotation = {.size_bytes_max = kFileBytes}}));
  const Logger log = backend.logger("bench");
  const std::uint64_t rotations = std::max(options.records / kRecordsPerRotation, std::uint64_t{1});
  const std::string message(1000, 'x');
  while (backend.stats().rotations < rotations) {
    for (int i = 0; i < 100; ++i) {
      LATHE_INFO(log, "{}", message);
    }
    if (const std::error_code error = backend.flush()) {
      throw std::system_error(error, "lathe");
    }
  }
  const Stats stats = backend.stats();
  const auto to_us = [](std::uint64_t ns) { return static_cast<double>(ns) / 1000; };
  delay_syncs(std::chrono::nanoseconds(0));  // those that wait end soon
  return {to_us(stats.rotation_ns.percentile(50)), to_us(stats.rotation_ns.percentile(99)),
          to_us(stats.rotation_ns.max()), static_cast<double>(stats.rotations),
          static_cast<double>(stats.rotation_errors)};
}

void plant_backups(const std::string& folder) {
  for (std::uint64_t i = 0; i < kBackups; ++i) {
    std::ofstream(fmt::format("{}/lathe.log.20200101_{:02}{:02}{:02}.{}", folder, i / 3600 % 24,
                              i / 60 % 60, i % 60, i / 86'400 + 1));
  }
}

double seconds_since(SteadyClock::time_point start) {
  return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

// Logs a record every 100 us until `is_done`; returns the seconds it took.
template <class Done>
double log_until(Backend& backend, const Done& is_done) {
  const Logger log = backend.logger("bench");
  const SteadyClock::time_point start = SteadyClock::now();
  while (!is_done()) {
    LATHE_INFO(log, "meanwhile");
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  return seconds_since(start);
}

// Seconds until 100,000 backups are down to 10, and the largest write of the I/O thread meanwhile,
// in microseconds.
Report retention(const RunOptions& options) {
  plant_backups(options.folder);
  Backend backend(rotating_file_sink(
      {.path = options.folder + "/lathe.log", .retention = {.count_max = kKept}}));
  const double seconds =
      log_until(backend, [&] { return backend.stats().prunes == kBackups - kKept; });
  return {seconds, static_cast<double>(backend.stats().write_ns.max()) / 1000};
}

constexpr Contender kContenders[] = {
    {"rotation.lathe", "lathe, fdatasync 100 ms late", &stall},
    {"retention", "100,000 backups down to 10", &retention},
};

}  // namespace

std::span<const Contender> rotation_contenders() { return kContenders; }

}  // namespace lathe::bench
