// SPDX-License-Identifier: MIT
//
// glog as it is: the calling thread writes, through stdio, under a lock. Its own prefix has no
// layout to choose from, so a function writes ours (which is why the build defines
// GLOG_CUSTOM_PREFIX_SUPPORT).

#include <glog/logging.h>

#include <iomanip>
#include <limits>
#include <ostream>
#include <string>

#include "compare/measure.hpp"

namespace lathe::compare {
namespace {

void write_prefix(std::ostream& line, const google::LogMessageInfo& info, void*) {
  const auto number = [&line](int width, int value, char after) {
    line << std::setw(width) << value << after;
  };
  line << std::setfill('0');
  number(4, 1900 + info.time.year(), '-');
  number(2, 1 + info.time.month(), '-');
  number(2, info.time.day(), ' ');
  number(2, info.time.hour(), ':');
  number(2, info.time.min(), ':');
  number(2, info.time.sec(), '.');
  number(6, info.time.usec(), ' ');
  line << '[' << info.thread_id << "] " << std::left << std::setfill(' ') << std::setw(8)
       << info.severity;
}

class Glog {
 public:
  explicit Glog(const RunOptions& options) : path_(options.folder + "/glog.log") {
    FLAGS_log_utc_time = true;
    FLAGS_timestamp_in_logfile_name = false;
    google::SetLogDestination(google::INFO, path_.c_str());
    google::SetLogSymlink(google::INFO, "");  // else it makes one beside the file
    google::InitGoogleLogging("compare", &write_prefix);
  }
  ~Glog() { google::ShutdownGoogleLogging(); }
  Glog(const Glog&) = delete;
  Glog& operator=(const Glog&) = delete;

  void log(std::uint64_t n) {
    // As many digits as the number has; six unless told.
    LOG(INFO) << std::setprecision(std::numeric_limits<double>::digits10) << "Iteration: " << n
              << " int: " << n * 2 << " double: " << static_cast<double>(n) / 2;
  }
  void finish() { google::FlushLogFiles(google::INFO); }

  // When, where, for how long, and what the prefix means.
  [[nodiscard]] bench::Output output() const { return {.files = {path_}, .header_lines = 4}; }

 private:
  std::string path_;
};

constexpr Contender kContenders[] = {contender_of<Glog>("glog", "glog, sync")};

}  // namespace

std::span<const Contender> glog_contenders() { return kContenders; }

}  // namespace lathe::compare
