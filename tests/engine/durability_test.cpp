// SPDX-License-Identifier: MIT
//
// What a backend says about records on the device.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <lathe/lathe.hpp>

#include "manual_backend.hpp"
#include "support/temp_dir.hpp"

namespace lathe {
namespace {

// Says of itself what the test says.
class WatermarkSink final : public Sink {
 public:
  explicit WatermarkSink(std::shared_ptr<std::optional<std::uint64_t>> durable)
      : durable_(std::move(durable)) {}
  std::error_code write(std::span<const Record>) override { return {}; }
  std::error_code flush() override { return {}; }
  std::error_code sync() override { return {}; }
  [[nodiscard]] SinkStats stats() const override { return {.records_durable = *durable_}; }

 private:
  std::shared_ptr<std::optional<std::uint64_t>> durable_;
};

TEST(DurabilityTest, TheWatermarkIsThatOfTheSlowestSinkThatCanTell) {
  using Durable = std::optional<std::uint64_t>;
  const auto a = std::make_shared<Durable>();
  const auto b = std::make_shared<Durable>();
  Backend backend{{.thread = BackendThread::manual},
                  sinks(std::make_unique<WatermarkSink>(a), std::make_unique<WatermarkSink>(b))};
  const Logger log = backend.logger("app");
  const auto log_one = [&] {
    log.info("x");
    (void)backend.flush();
    return backend.stats().records_durable;
  };
  EXPECT_EQ(log_one(), 0U) << "nobody can tell";
  *a = 2;
  EXPECT_EQ(log_one(), 2U);
  *b = 1;
  EXPECT_EQ(log_one(), 2U) << "it never goes back";
  *b = 3;
  *a = 9;
  EXPECT_EQ(log_one(), 3U);
  *b = 9;
  EXPECT_EQ(log_one(), 5U) << "no more than were written";
}

TEST(DurabilityTest, WhatWasSyncedIsDurable) {
  const TempDir directory;
  Backend backend{
      {.thread = BackendThread::manual},
      rotating_file_sink({.path = directory / "app.log",
                          .sync = {.interval = std::chrono::seconds(0), .level_min = Level::off}})};
  const Logger log = backend.logger("app");
  for (int i = 0; i < 3; ++i) {
    log.info("{}", i);
  }
  EXPECT_FALSE(backend.flush());
  EXPECT_EQ(backend.stats().records_written, 3U);
  EXPECT_EQ(backend.stats().records_durable, 0U);

  EXPECT_FALSE(backend.sync());
  log.info("later");
  EXPECT_FALSE(backend.flush());

  EXPECT_EQ(backend.stats().records_written, 4U);
  EXPECT_EQ(backend.stats().records_durable, 3U);
}

// A process that ends with a record in its queue.
void leave_a_record(const std::string& path, const std::string& spools) {
  const pid_t child = ::fork();
  if (child == 0) {
    Backend backend{{.spool_directory = spools, .thread = BackendThread::manual},
                    rotating_file_sink({.path = path})};
    backend.logger("app").info("left behind");
    ::_exit(0);
  }
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
}

// In a child, since the limit is one of the process. Returns its status.
int log_where_no_file_may_grow(const std::string& path, const std::string& spools,
                               BackendThread thread) {
  leave_a_record(path, spools);
  const pid_t child = ::fork();
  if (child == 0) {
    const rlimit none{.rlim_cur = 0, .rlim_max = 0};
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (::setrlimit(RLIMIT_FSIZE, &none) != 0 || ::dup2(nowhere, STDERR_FILENO) < 0) ::_exit(1);
    bool is_as_told = false;
    {
      Backend backend{
          {.spool_directory = spools,
           .thread = thread,
           .shutdown_timeout = std::chrono::milliseconds(1)},
          rotating_file_sink(
              {.path = path, .rotation = {.size_bytes_max = MiB}, .preallocate = true})};
      const Logger log = backend.logger("app");
      for (int i = 0; i < 10; ++i) log.info("{}", i);
      (void)backend.flush(std::chrono::milliseconds(1));
      const Stats stats = backend.stats();
      is_as_told = !stats.crash_safe && stats.records_accepted == 10 && stats.records_written == 0;
    }
    ::_exit(is_as_told ? 0 : 2);
  }
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

// The kernel's own answer to a file beyond RLIMIT_FSIZE is SIGXFSZ, which ends the process.
TEST(DurabilityTest, ALimitOfFileSizesEndsNoProcess) {
  const TempDir directory;
  const std::string spools = directory.path();
  EXPECT_EQ(log_where_no_file_may_grow(directory / "a.log", spools, BackendThread::owned), 0);
  EXPECT_EQ(log_where_no_file_may_grow(directory / "b.log", spools, BackendThread::manual), 0);
}

}  // namespace
}  // namespace lathe
