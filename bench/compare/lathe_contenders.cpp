// SPDX-License-Identifier: MIT
//
// lathe in its three forms of a call, with rotation, and without queues that survive the process.

#include <lathe/lathe.hpp>

#include <system_error>

#include "compare/measure.hpp"

namespace lathe::compare {
namespace {

// Synced never, as no other contender syncs.
RotatingFileOptions file_options(const RunOptions& options) {
  return {.path = options.folder + "/lathe.log",
          .sync = {.interval = std::chrono::nanoseconds(0),
                   .level_min = Level::off,
                   .on_rotate = false},
          .pattern = bench::kLathePattern};
}

class Lathe {
 public:
  Lathe(const BackendOptions& options, const RotatingFileOptions& file)
      : path_(file.path),
        backend_(options, rotating_file_sink(file)),
        log_(backend_.logger("bench")) {}

  void finish() {
    if (const std::error_code error = backend_.flush()) {
      throw std::system_error(error, "lathe: flush");
    }
  }

  [[nodiscard]] bench::Output output() const { return {.files = bench::lathe_files(path_)}; }

 protected:
  std::string path_;
  Backend backend_;
  Logger log_;
};

struct Formatted : Lathe {
  explicit Formatted(const RunOptions& options,
                     const BackendOptions& backend_options = BackendOptions{})
      : Lathe(backend_options, file_options(options)) {}
  void log(std::uint64_t n) {
    LATHE_INFO(log_, "Iteration: {} int: {} double: {}", n, n * 2, static_cast<double>(n) / 2);
  }
};

struct Function : Lathe {
  explicit Function(const RunOptions& options) : Lathe({}, file_options(options)) {}
  void log(std::uint64_t n) {
    log_.info("Iteration: {} int: {} double: {}", n, n * 2, static_cast<double>(n) / 2);
  }
};

struct Deferred : Lathe {
  explicit Deferred(const RunOptions& options) : Lathe({}, file_options(options)) {}
  void log(std::uint64_t n) {
    LATHE_INFO(log_.deferred(), "Iteration: {} int: {} double: {}", n, n * 2,
               static_cast<double>(n) / 2);
  }
};

RotatingFileOptions rotated(RotatingFileOptions file) {
  file.rotation.size_bytes_max = kRotationBytes;
  return file;
}

struct Rotated : Lathe {
  explicit Rotated(const RunOptions& options) : Lathe({}, rotated(file_options(options))) {}
  void log(std::uint64_t n) {
    LATHE_INFO(log_, "Iteration: {} int: {} double: {}", n, n * 2, static_cast<double>(n) / 2);
  }
};

BackendOptions not_crash_safe() {
  BackendOptions options;
  options.crash_safe = false;
  return options;
}

struct Volatile : Formatted {
  explicit Volatile(const RunOptions& options) : Formatted(options, not_crash_safe()) {}
};

constexpr Contender kContenders[] = {
    contender_of<Formatted>("lathe", "lathe, formatted"),
    contender_of<Function>("lathe-function", "lathe, function form"),
    contender_of<Deferred>("lathe-deferred", "lathe, deferred"),
    contender_of<Rotated>("lathe-rotated", "lathe, formatted, 32 MiB files"),
    contender_of<Volatile>("lathe-volatile", "lathe, formatted, no crash_safe"),
};

}  // namespace

std::span<const Contender> lathe_contenders() { return kContenders; }

}  // namespace lathe::compare
