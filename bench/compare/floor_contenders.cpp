// SPDX-License-Identifier: MIT
//
// What no logger can be better than: write(2) of lines that lie ready, and loops with nothing in
// them.

#include <fcntl.h>
#include <fmt/compile.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

#include "compare/measure.hpp"

namespace lathe::compare {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{256} << 10;

// A file that is written in blocks; the stopwatch runs during write(2) alone.
class TimedFile {
 public:
  explicit TimedFile(std::string path)
      : path_(std::move(path)),
        file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0640)) {
    if (file_ < 0) {
      throw std::system_error(errno, std::generic_category(), path_);
    }
  }
  ~TimedFile() { ::close(file_); }
  TimedFile(const TimedFile&) = delete;
  TimedFile& operator=(const TimedFile&) = delete;

  void write(const fmt::memory_buffer& block) {
    stopwatch_.start();
    const ssize_t count = ::write(file_, block.data(), block.size());
    stopwatch_.stop();
    if (count != static_cast<ssize_t>(block.size())) {
      throw std::runtime_error("short write to " + path_);
    }
  }

  [[nodiscard]] const Stopwatch& stopwatch() const { return stopwatch_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
  int file_;
  Stopwatch stopwatch_;
};

Report throughput_of_write(const RunOptions& options) {
  const std::uint64_t start_bytes = peak_memory_bytes();
  bench::pin_producer();
  TimedFile file(options.folder + "/write.log");
  fmt::memory_buffer block;
  for (std::uint64_t n = 0; n < options.records; ++n) {
    fmt::format_to(fmt::appender(block),
                   FMT_COMPILE("2026-11-22 13:50:33.123456 [{}] info     "
                               "Iteration: {} int: {} double: {}\n"),
                   ::getpid(), n, n * 2, static_cast<double>(n) / 2);
    if (block.size() >= kBlockBytes) {
      file.write(block);
      block.clear();
    }
  }
  file.write(block);
  return throughput_report(file.stopwatch(), start_bytes, {.files = {file.path()}},
                           options.records);
}

Report batches_of_nothing(const RunOptions& options) {
  bench::pin_producer();
  return bench::percentiles(
      bench::measure_batches(options,
                             [](std::uint64_t, std::uint64_t j, double) {
                               asm volatile("" : : "r"(j));  // the loop stays a loop
                             }),
      kCurvePercents);
}

Report calls_of_nothing(const RunOptions& options) {
  bench::pin_producer();
  return bench::percentiles(
      measure_calls(options, [](std::uint64_t n) { asm volatile(""
                                                                :
                                                                : "r"(n)); }), kCurvePercents);
}

constexpr Contender kContenders[] = {
    {"write", "bare write(2), 256 KiB", &throughput_of_write, nullptr, nullptr},
    {"nothing", "nothing (the clock alone)", nullptr, &batches_of_nothing, &calls_of_nothing},
};

}  // namespace

std::span<const Contender> floor_contenders() { return kContenders; }

}  // namespace lathe::compare
