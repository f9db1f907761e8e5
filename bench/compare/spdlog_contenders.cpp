// SPDX-License-Identifier: MIT
//
// spdlog's asynchronous logger as its own documentation sets it up (8,192 slots, one I/O thread,
// block when full), and its rotating sink, which writes in the calling thread.

#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>

#include "compare/measure.hpp"

namespace lathe::compare {
namespace {

void log_record(spdlog::logger& log, std::uint64_t n) {
  SPDLOG_LOGGER_INFO(&log, "Iteration: {} int: {} double: {}", n, n * 2,
                     static_cast<double>(n) / 2);
}

class Async {
 public:
  explicit Async(const RunOptions& options)
      : path_(options.folder + "/spdlog.log"),
        sink_(std::make_shared<spdlog::sinks::basic_file_sink_st>(path_)),
        pool_(std::make_shared<spdlog::details::thread_pool>(kQueueSlots, 1)),
        logger_(std::make_shared<spdlog::async_logger>("bench", sink_, pool_,
                                                       spdlog::async_overflow_policy::block)) {
    logger_->set_pattern(bench::kSpdlogPattern, spdlog::pattern_time_type::utc);
  }

  void log(std::uint64_t n) { log_record(*logger_, n); }

  // Waits until the I/O thread has taken everything, then hands it to the kernel.
  void finish() {
    pool_.reset();  // the logger holds it weakly; its destructor joins the thread
    sink_->flush();
  }

  [[nodiscard]] bench::Output output() const { return {.files = {path_}}; }

 private:
  std::string path_;
  std::shared_ptr<spdlog::sinks::basic_file_sink_st> sink_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> logger_;
};

class Rotating {
 public:
  explicit Rotating(const RunOptions& options)
      : path_(options.folder + "/spdlog.log"),
        logger_("bench", std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
                             path_, kRotationBytes, kFilesMax)) {
    logger_.set_pattern(bench::kSpdlogPattern, spdlog::pattern_time_type::utc);
  }

  void log(std::uint64_t n) { log_record(logger_, n); }
  void finish() { logger_.flush(); }

  // The file with the number 1 is the newest backup.
  [[nodiscard]] bench::Output output() const {
    bench::Output output{.files = {path_}};
    for (std::size_t number = 1;; ++number) {
      const std::string file = spdlog::sinks::rotating_file_sink_mt::calc_filename(path_, number);
      if (!std::filesystem::exists(file)) {
        break;
      }
      output.files.push_back(file);
    }
    std::reverse(output.files.begin(), output.files.end());
    return output;
  }

 private:
  static constexpr std::size_t kFilesMax = 10'000;  // none is to be deleted

  std::string path_;
  spdlog::logger logger_;
};

constexpr Contender kContenders[] = {
    contender_of<Async>("spdlog", "spdlog, async"),
    contender_of<Rotating>("spdlog-rotating", "spdlog, sync, 32 MiB files"),
};

}  // namespace

std::span<const Contender> spdlog_contenders() { return kContenders; }

}  // namespace lathe::compare
