// SPDX-License-Identifier: MIT
//
// What a backend says about records on the device.

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace lathe
