// SPDX-License-Identifier: MIT
//
// What a sink may do to a backend: nothing.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

#include <lathe/lathe.hpp>

#include "manual_backend.hpp"

namespace lathe {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

struct Pair {
  Pair() {
    backend = std::make_unique<Backend>(std::make_unique<BackendCore>(
        BackendOptions{.thread = BackendThread::manual},
        sinks(std::make_unique<CollectingSink>(bad), std::make_unique<CollectingSink>(good)),
        clock));
  }
  FakeClock clock;
  std::shared_ptr<Collected> bad = std::make_shared<Collected>();
  std::shared_ptr<Collected> good = std::make_shared<Collected>();
  std::unique_ptr<Backend> backend;
};

TEST(SinkContractTest, OtherSinksGoOnWhenOneThrows) {
  Pair pair;
  pair.bad->on_write = []() -> std::error_code { throw std::runtime_error("no socket"); };
  testing::internal::CaptureStderr();
  const Logger log = pair.backend->logger("app");
  for (int i = 0; i < 3; ++i) {
    log.info("{}", i);
    EXPECT_EQ(pair.backend->flush(), std::errc::io_error);
  }
  const std::string told = testing::internal::GetCapturedStderr();
  EXPECT_EQ(told, "lathe: a sink's write threw: no socket\n") << "once a minute, not per batch";
  const Stats stats = pair.backend->stats();
  EXPECT_EQ(stats.records_written, 3U) << "by the other sink";
  EXPECT_EQ(stats.records_lost, 0U);
  EXPECT_GE(stats.sink_failures, 3U);
  const Texts texts = pair.good->messages();
  EXPECT_EQ(std::count(texts.begin(), texts.end(), "2"), 1);
  EXPECT_EQ(std::count(texts.begin(), texts.end(), "a sink's write threw: no socket"), 1)
      << "told in the log, too";
}

TEST(SinkContractTest, TellsAgainAfterAMinuteWithWhatWasLeftOut) {
  Pair pair;
  pair.bad->on_write = []() -> std::error_code { throw 7; };
  testing::internal::CaptureStderr();
  const Logger log = pair.backend->logger("app");
  log.info("1");
  (void)pair.backend->flush();
  log.info("2");
  (void)pair.backend->flush();
  pair.clock.advance(61s);
  log.info("3");
  (void)pair.backend->flush();
  const std::string told = testing::internal::GetCapturedStderr();
  EXPECT_NE(told.find("something that is no std::exception\nlathe: a sink's write threw"),
            std::string::npos)
      << told;
  EXPECT_NE(told.find("more since)"), std::string::npos) << told;
}

TEST(SinkContractTest, CountsRecordsAsLostWhenNoSinkTakesThem) {
  ManualBackend manual;
  manual.collected->on_write = [] { return std::make_error_code(std::errc::io_error); };
  testing::internal::CaptureStderr();
  manual.backend->logger("app").info("x");
  EXPECT_EQ(manual.backend->flush(), std::errc::io_error);
  (void)testing::internal::GetCapturedStderr();
  const Stats stats = manual.backend->stats();
  EXPECT_EQ(stats.records_lost, 1U);
  EXPECT_EQ(stats.records_written, 0U);
  EXPECT_EQ(stats.records_queued, 0U);
}

TEST(SinkContractTest, CountsRecordsAsLostWhenTheOnlySinkFailsToFlushThem) {
  ManualBackend manual;
  manual.collected->on_flush = [] { return std::make_error_code(std::errc::broken_pipe); };
  testing::internal::CaptureStderr();
  manual.backend->logger("app").info("x");
  EXPECT_EQ(manual.backend->flush(), std::errc::broken_pipe);
  (void)testing::internal::GetCapturedStderr();
  EXPECT_EQ(manual.backend->stats().records_lost, 1U);
}

// Fails, and tells of it each time, as a console does whose terminal has gone.
class TellingSink final : public Sink {
 public:
  void attach(SinkHost& host) override { host_ = &host; }
  std::error_code write(std::span<const Record>) override { return {}; }
  std::error_code flush() override {
    host_->tell("the terminal has gone");
    return std::make_error_code(std::errc::io_error);
  }
  std::error_code sync() override { return flush(); }

 private:
  SinkHost* host_ = nullptr;
};

TEST(SinkContractTest, ASinkThatTellsOfEachFailureDoesNotFloodTheOthers) {
  auto good = std::make_shared<Collected>();
  testing::internal::CaptureStderr();
  {
    Backend backend{{.thread = BackendThread::manual},
                    sinks(std::make_unique<TellingSink>(), std::make_unique<CollectingSink>(good))};
    backend.logger("app").info("x");
    for (int i = 0; i < 1000; ++i) {
      (void)backend.step();
    }
  }
  (void)testing::internal::GetCapturedStderr();
  EXPECT_LE(good->messages().size(), 4U);
}

// Does with `done` what it should not.
class DoubleDoneSink final : public Sink {
 public:
  std::error_code write(std::span<const Record>) override { return {}; }
  std::error_code flush() override { return {}; }
  std::error_code sync() override { return {}; }
  void start_sync(std::function<void(std::error_code)> done) override {
    done({});
    done({});
    throw std::runtime_error("after done");
  }
};

TEST(SinkContractTest, ASyncIsAnsweredOnceAfterAllSinks) {
  auto slow = std::make_shared<Collected>();
  Backend backend{
      {.thread = BackendThread::manual},
      sinks(std::make_unique<DoubleDoneSink>(), std::make_unique<CollectingSink>(slow))};
  testing::internal::CaptureStderr();
  EXPECT_FALSE(backend.sync());
  (void)testing::internal::GetCapturedStderr();
  EXPECT_EQ(slow->syncs, 1);
}

TEST(SinkContractTest, GivesUpAtShutdownAfterItsTimeoutAndSaysHowMuch) {
  auto collected = std::make_shared<Collected>();
  collected->on_flush = [&] {
    collected->stuck = true;
    return std::make_error_code(std::errc::no_space_on_device);
  };
  testing::internal::CaptureStderr();
  {
    Backend backend{{.shutdown_timeout = 20ms}, std::make_unique<CollectingSink>(collected)};
    for (int i = 0; i < 5; ++i) {
      backend.logger("app").info("{}", i);
    }
    EXPECT_EQ(backend.flush(), std::errc::no_space_on_device);
    backend.logger("app").info("queued behind it");
  }
  const std::string told = testing::internal::GetCapturedStderr();
  EXPECT_NE(told.find("could not be written before shutdown_timeout"), std::string::npos) << told;
}

// A sink that posts work, to see who runs it.
class PostingSink final : public Sink {
 public:
  explicit PostingSink(std::vector<std::string>& events) : events_(events) {}
  void attach(SinkHost& host) override { host_ = &host; }
  std::error_code write(std::span<const Record> batch) override {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      host_->post([this] {
        work_thread_ = std::this_thread::get_id();
        return [this] {
          events_.push_back(work_thread_ == std::this_thread::get_id() ? "same" : "other");
        };
      });
    }
    return {};
  }
  std::error_code flush() override { return {}; }
  std::error_code sync() override { return {}; }

 private:
  std::vector<std::string>& events_;
  SinkHost* host_ = nullptr;
  std::thread::id work_thread_;
};

TEST(SinkContractTest, PostedWorkRunsElsewhereAndComesBackToTheBackendThread) {
  std::vector<std::string> events;
  {
    Backend backend{std::make_unique<PostingSink>(events)};
    backend.logger("app").info("x");
  }
  EXPECT_EQ(events, Texts{"other"}) << "all works are done before the backend is gone";
}

TEST(SinkContractTest, WithoutThreadsPostedWorkRunsInStep) {
  std::vector<std::string> events;
  Backend backend{{.thread = BackendThread::manual}, std::make_unique<PostingSink>(events)};
  backend.logger("app").info("x");
  EXPECT_TRUE(backend.step());
  EXPECT_TRUE(events.empty());
  EXPECT_TRUE(backend.step());
  EXPECT_EQ(events, Texts{"same"});
}

}  // namespace
}  // namespace lathe
