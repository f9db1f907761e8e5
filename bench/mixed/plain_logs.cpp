// SPDX-License-Identifier: MIT
//
// What programs do without a logger: nothing, a line flushed to the kernel at a time, a line on the
// device at a time.

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/compile.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <ctime>
#include <system_error>

#include "request_log.hpp"
#include "tools/supervisor.hpp"

namespace lathe::bench {
namespace {

[[noreturn]] void fail(const std::string& path) {
  throw std::system_error(errno, std::generic_category(), path);
}

timespec wall_clock() {
  timespec now{};
  if (::clock_gettime(CLOCK_REALTIME, &now) != 0) {
    fail("clock_gettime");
  }
  return now;
}

const char* level_name(std::uint64_t number) { return is_error(number) ? "error" : "info"; }

class NoLog final : public RequestLog {
 public:
  void received(std::uint64_t, std::string_view, std::uint64_t) override {}
  void found(std::uint64_t, std::uint64_t, std::string_view) override {}
  void answered(std::uint64_t, std::uint64_t) override {}
  void finish() override {}
};

// fprintf and fflush: each line is with the kernel when the call returns.
class PrintfLog final : public RequestLog {
 public:
  explicit PrintfLog(const std::string& path)
      : path_(path), file_(std::fopen(path.c_str(), "wxe"), &std::fclose), thread_(::gettid()) {
    if (!file_) {
      fail(path_);
    }
  }

  void received(std::uint64_t number, std::string_view path, std::uint64_t user) override {
    print("info", kReceivedPrintf, wide(number), static_cast<int>(path.size()), path.data(),
          wide(user));
  }
  void found(std::uint64_t number, std::uint64_t user, std::string_view order) override {
    print("info", kFoundPrintf, wide(number), wide(user), static_cast<int>(order.size()),
          order.data());
  }
  void answered(std::uint64_t number, std::uint64_t hash) override {
    print(level_name(number), kAnsweredPrintf, wide(number), wide(hash));
  }
  void finish() override {}

 private:
  static unsigned long long wide(std::uint64_t number) { return number; }

  [[gnu::format(printf, 3, 4)]] void print(const char* level, const char* format, ...) {
    const timespec now = wall_clock();
    tm date{};
    if (::gmtime_r(&now.tv_sec, &date) == nullptr) {
      fail("gmtime_r");
    }
    va_list arguments;
    va_start(arguments, format);
    const bool is_written =
        std::fprintf(file_.get(), "%04d-%02d-%02d %02d:%02d:%02d.%06ld [%d] %-8s ",
                     date.tm_year + 1900, date.tm_mon + 1, date.tm_mday, date.tm_hour, date.tm_min,
                     date.tm_sec, now.tv_nsec / 1000, thread_, level) > 0 &&
        std::vfprintf(file_.get(), format, arguments) > 0 && std::fputc('\n', file_.get()) != EOF &&
        std::fflush(file_.get()) == 0;
    va_end(arguments);
    if (!is_written) {
      fail(path_);
    }
  }

  std::string path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  pid_t thread_;
};

// write and fdatasync: each line is on the device when the call returns.
class SyncedLog final : public RequestLog {
 public:
  explicit SyncedLog(const std::string& path)
      : path_(path),
        file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0640)),
        thread_(::gettid()) {
    if (file_.number() < 0) {
      fail(path_);
    }
  }

  void received(std::uint64_t number, std::string_view path, std::uint64_t user) override {
    begin("info");
    fmt::format_to(fmt::appender(line_), FMT_COMPILE(kReceived), number, path, user);
    write();
  }
  void found(std::uint64_t number, std::uint64_t user, std::string_view order) override {
    begin("info");
    fmt::format_to(fmt::appender(line_), FMT_COMPILE(kFound), number, user, order);
    write();
  }
  void answered(std::uint64_t number, std::uint64_t hash) override {
    begin(level_name(number));
    fmt::format_to(fmt::appender(line_), FMT_COMPILE(kAnswered), number, hash);
    write();
  }
  void finish() override {}

 private:
  void begin(const char* level) {
    const timespec now = wall_clock();
    line_.clear();
    fmt::format_to(fmt::appender(line_), "{:%Y-%m-%d %H:%M:%S}.{:06} [{}] {:<8} ",
                   fmt::gmtime(now.tv_sec), now.tv_nsec / 1000, thread_, level);
  }

  void write() {
    line_.push_back('\n');
    std::string_view rest(line_.data(), line_.size());
    while (!rest.empty()) {
      const ssize_t count = ::write(file_.number(), rest.data(), rest.size());
      if (count < 0 && errno != EINTR) {
        fail(path_);
      }
      rest.remove_prefix(count < 0 ? 0 : static_cast<std::size_t>(count));
    }
    if (::fdatasync(file_.number()) != 0) {
      fail(path_);
    }
  }

  std::string path_;
  tools::Descriptor file_;
  pid_t thread_;
  fmt::memory_buffer line_;
};

template <class Log>
std::unique_ptr<RequestLog> make_log(const std::string& path) {
  return std::make_unique<Log>(path);
}

constexpr LogKind kLogs[] = {
    {"none", "no logging",
     [](const std::string&) -> std::unique_ptr<RequestLog> { return std::make_unique<NoLog>(); }},
    {"fprintf", "fprintf, fflush", &make_log<PrintfLog>},
    {"fdatasync", "write, fdatasync", &make_log<SyncedLog>},
};

}  // namespace

std::span<const LogKind> plain_logs() { return kLogs; }

}  // namespace lathe::bench
