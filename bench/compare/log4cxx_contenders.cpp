// SPDX-License-Identifier: MIT
//
// log4cxx with an asynchronous appender before a file: as many slots as the others have, block when
// full, buffered file.

#include <fmt/format.h>
#include <log4cxx/asyncappender.h>
#include <log4cxx/fileappender.h>
#include <log4cxx/logger.h>
#include <log4cxx/patternlayout.h>

#include <memory>
#include <string>

#include "compare/measure.hpp"

namespace lathe::compare {
namespace {

constexpr const char* kPattern = "%d{yyyy-MM-dd HH:mm:ss.SSSSSS}{GMT} [%t] %-8p %m%n";
constexpr int kFileBufferBytes = 8 * 1024;  // as it has it, if it has one

class Log4cxx {
 public:
  explicit Log4cxx(const RunOptions& options)
      : path_(options.folder + "/log4cxx.log"),
        appender_(std::make_shared<log4cxx::AsyncAppender>()),
        logger_(log4cxx::Logger::getLogger("bench")) {
    appender_->setBufferSize(kQueueSlots);
    appender_->setBlocking(true);
    appender_->addAppender(std::make_shared<log4cxx::FileAppender>(
        std::make_shared<log4cxx::PatternLayout>(kPattern), path_, false, true, kFileBufferBytes));
    log4cxx::helpers::Pool pool;
    appender_->activateOptions(pool);
    logger_->setAdditivity(false);
    logger_->setLevel(log4cxx::Level::getInfo());
    logger_->addAppender(appender_);
  }

  void log(std::uint64_t n) {
    LOG4CXX_INFO_FMT(logger_, "Iteration: {} int: {} double: {}", n, n * 2,
                     static_cast<double>(n) / 2);
  }
  void finish() { appender_->close(); }  // its thread is joined, then the file is closed
  [[nodiscard]] bench::Output output() const { return {.files = {path_}}; }

 private:
  std::string path_;
  log4cxx::AsyncAppenderPtr appender_;
  log4cxx::LoggerPtr logger_;
};

constexpr Contender kContenders[] = {contender_of<Log4cxx>("log4cxx", "log4cxx, async")};

}  // namespace

std::span<const Contender> log4cxx_contenders() { return kContenders; }

}  // namespace lathe::compare
