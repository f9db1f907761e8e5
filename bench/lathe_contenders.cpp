// SPDX-License-Identifier: MIT
//
// lathe in its ways to log, and what there is to compare with: the clock and write(2).

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/compile.h>
#include <fmt/format.h>
#include <unistd.h>
#include <lathe/lathe.hpp>

#include <stdexcept>
#include <system_error>

#include "contender.hpp"

namespace lathe::bench {
namespace {

using SteadyClock = std::chrono::steady_clock;

// Synced never, as spdlog: one row of the throughput table tells what the default costs.
RotatingFileOptions file_options(const RunOptions& options) {
  return {.path = options.folder + "/lathe.log",
          .sync = {.interval = std::chrono::nanoseconds(0),
                   .level_min = Level::off,
                   .on_rotate = false},
          .pattern = kLathePattern};
}

BackendOptions backend_options() {
  BackendOptions options;
  if (bench_cpus().size() > 1) {
    options.cpu = bench_cpus()[1];
  }
  return options;
}

void check(std::error_code error) {
  if (error) {
    throw std::system_error(error, "lathe");
  }
}

// ---- Latency -----------------------------------------------------------------------------------

template <class Call>
Report lathe_latency(const RunOptions& options, const RotatingFileOptions& file, const Call& call) {
  Backend backend(backend_options(), rotating_file_sink(file));
  const Logger log = backend.logger("bench");
  pin_producer();
  call(log, 0, 0, 0.5);  // makes the thread's queue
  check(backend.flush());
  Report report = measure_latency(
      options, [&](std::uint64_t i, std::uint64_t j, double v) { call(log, i, j, v); });
  check(backend.flush());
  return report;
}

Report latency_empty(const RunOptions& options) {
  pin_producer();
  return measure_latency(options, [](std::uint64_t, std::uint64_t j, double) {
    asm volatile("" : : "r"(j));  // the loop stays a loop
  });
}

Report latency_clock(const RunOptions& options) {
  pin_producer();
  return measure_latency(options, [](std::uint64_t, std::uint64_t, double) {
    asm volatile("" : : "r"(ticks()));
  });
}

Report latency_disabled(const RunOptions& options) {
  return lathe_latency(options, file_options(options),
                       [](Logger log, std::uint64_t i, std::uint64_t j, double v) {
                         LATHE_DEBUG(log, "Logging int: {}, int: {}, double: {}", i, j, v);
                       });
}

Report latency_deferred(const RunOptions& options) {
  return lathe_latency(
      options, file_options(options), [](Logger log, std::uint64_t i, std::uint64_t j, double v) {
        LATHE_INFO(log.deferred(), "Logging int: {}, int: {}, double: {}", i, j, v);
      });
}

constexpr auto kLogFormatted = [](Logger log, std::uint64_t i, std::uint64_t j, double v) {
  LATHE_INFO(log, "Logging int: {}, int: {}, double: {}", i, j, v);
};

Report latency_formatted(const RunOptions& options) {
  return lathe_latency(options, file_options(options), kLogFormatted);
}

// Four files a second or so.
RotatingFileOptions small_files(const RunOptions& options) {
  RotatingFileOptions file = file_options(options);
  file.rotation.size_bytes_max = 256 * KiB;
  return file;
}

Report latency_rotated(const RunOptions& options) {
  return lathe_latency(options, small_files(options), kLogFormatted);
}

Report latency_packed(const RunOptions& options) {
  RotatingFileOptions file = small_files(options);
  file.compression = Compression::gzip;
  return lathe_latency(options, file, kLogFormatted);
}

Report latency_function(const RunOptions& options) {
  return lathe_latency(options, file_options(options),
                       [](Logger log, std::uint64_t i, std::uint64_t j, double v) {
                         log.info("Logging int: {}, int: {}, double: {}", i, j, v);
                       });
}

// ---- Throughput --------------------------------------------------------------------------------

template <class Call>
Report lathe_throughput(const RunOptions& options, const RotatingFileOptions& file,
                        const Call& call) {
  SteadyClock::duration duration;
  {
    Backend backend(backend_options(), rotating_file_sink(file));
    const Logger log = backend.logger("bench");
    pin_producer();
    const SteadyClock::time_point start = SteadyClock::now();
    for (std::uint64_t i = 0; i < options.records; ++i) {
      call(log, i);
    }
    check(backend.flush());
    duration = SteadyClock::now() - start;
  }
  return throughput_report(duration, file.path, options);
}

constexpr auto kFormatted = [](Logger log, std::uint64_t i) {
  LATHE_INFO(log, "Iteration: {} int: {} double: {}", i, i * 2, static_cast<double>(i) / 2);
};

Report throughput_formatted(const RunOptions& options) {
  return lathe_throughput(options, file_options(options), kFormatted);
}

Report throughput_synced(const RunOptions& options) {
  RotatingFileOptions file = file_options(options);
  file.sync = {};
  return lathe_throughput(options, file, kFormatted);
}

Report throughput_rotated(const RunOptions& options) {
  RotatingFileOptions file = file_options(options);
  file.rotation.size_bytes_max = 32 * MiB;
  return lathe_throughput(options, file, kFormatted);
}

Report throughput_deferred(const RunOptions& options) {
  return lathe_throughput(options, file_options(options), [](Logger log, std::uint64_t i) {
    LATHE_INFO(log.deferred(), "Iteration: {} int: {} double: {}", i, i * 2,
               static_cast<double>(i) / 2);
  });
}

// The physical limit: lines that lie ready, in blocks of 256 KiB; only write(2) is timed.
Report throughput_write(const RunOptions& options) {
  constexpr std::size_t kBlockBytes = 256 * KiB;
  const std::string path = options.folder + "/write.log";
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0640);
  if (file < 0) {
    throw std::system_error(errno, std::generic_category(), path);
  }
  pin_producer();
  SteadyClock::duration duration{0};
  fmt::memory_buffer block;
  const auto write_block = [&] {
    const SteadyClock::time_point start = SteadyClock::now();
    const ssize_t count = ::write(file, block.data(), block.size());
    duration += SteadyClock::now() - start;
    if (count != static_cast<ssize_t>(block.size())) {
      throw std::runtime_error("short write to " + path);
    }
    block.clear();
  };
  for (std::uint64_t i = 0; i < options.records; ++i) {
    fmt::format_to(fmt::appender(block),
                   FMT_COMPILE("2026-11-22 13:50:33.123456 [{}] info     "
                               "Iteration: {} int: {} double: {}\n"),
                   ::getpid(), i, i * 2, static_cast<double>(i) / 2);
    if (block.size() >= kBlockBytes) {
      write_block();
    }
  }
  write_block();
  ::close(file);
  return throughput_report(duration, path, options);
}

constexpr Contender kContenders[] = {
    {"latency.empty", "empty batch (two clock reads)", &latency_empty},
    {"latency.clock", "one clock read a call", &latency_clock},
    {"latency.disabled", "lathe, level off", &latency_disabled},
    {"latency.deferred", "lathe, deferred", &latency_deferred},
    {"latency.formatted", "lathe, formatted", &latency_formatted},
    {"latency.rotated", "lathe, formatted, small files", &latency_rotated},
    {"latency.packed", "lathe, formatted, and gzip", &latency_packed},
    {"latency.function", "lathe, function form", &latency_function},
    {"throughput.write", "bare write(2), 256 KiB", &throughput_write},
    {"throughput.formatted", "lathe, formatted", &throughput_formatted},
    {"throughput.deferred", "lathe, deferred", &throughput_deferred},
    {"throughput.rotated", "lathe, formatted, 32 MiB files", &throughput_rotated},
    {"throughput.synced", "lathe, formatted, sync 1s", &throughput_synced},
};

}  // namespace

std::span<const Contender> lathe_contenders() { return kContenders; }

}  // namespace lathe::bench
