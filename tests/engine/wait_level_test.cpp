// SPDX-License-Identifier: MIT
//
// Log calls that wait until their record is on the device.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <lathe/lathe.hpp>

#include "support/temp_dir.hpp"

namespace lathe {
namespace {

using namespace std::chrono_literals;

// What a test holds of its sink.
struct Gate {
  std::atomic<bool> is_open{false};
  std::atomic<int> syncs{0};
  std::atomic<bool> is_full{false};  // the disk
  std::atomic<int> opens_at{0};      // the sync that opens it
  std::atomic<bool> forgets{false};  // the next sync, so that it is never answered
  std::error_code answer;            // constant while the gate is open
  std::function<void()> on_write;    // constant after construction
};

// Answers a sync when the gate is open.
class GatedSink final : public Sink {
 public:
  explicit GatedSink(std::shared_ptr<Gate> gate) : gate_(std::move(gate)) {}
  std::error_code write(std::span<const Record>) override {
    if (gate_->on_write) gate_->on_write();
    return {};
  }
  std::error_code flush() override {
    return gate_->is_full ? std::make_error_code(std::errc::no_space_on_device) : std::error_code();
  }
  [[nodiscard]] bool wants_retry() const override { return gate_->is_full; }
  std::error_code sync() override { return {}; }
  void start_sync(std::function<void(std::error_code)> done) override {
    if (!gate_->forgets.exchange(false)) dones_.push_back(std::move(done));
    if (++gate_->syncs == gate_->opens_at) gate_->is_open = true;
    tick();
  }
  void tick() override {
    if (!gate_->is_open) return;
    for (const auto& done : std::exchange(dones_, {})) done(gate_->answer);
  }
  [[nodiscard]] Level wait_level() const override { return Level::error; }

 private:
  std::shared_ptr<Gate> gate_;
  std::vector<std::function<void(std::error_code)>> dones_;
};

// A thread that makes one call, and what it learns.
class Caller {
 public:
  explicit Caller(const Logger& log)
      : thread_([this, log] {
          log.error("it matters");
          error_ = last_wait_error();
          has_returned_ = true;
        }) {}

  [[nodiscard]] bool has_returned() const { return has_returned_; }
  std::error_code join() {
    thread_.join();
    return error_;
  }

 private:
  std::atomic<bool> has_returned_{false};
  std::error_code error_ = std::make_error_code(std::errc::interrupted);
  std::thread thread_;
};

void wait_until(const std::function<bool()>& is_true) {
  while (!is_true()) std::this_thread::sleep_for(1ms);
}

class WaitLevelTest : public ::testing::Test {
 protected:
  std::shared_ptr<Gate> gate = std::make_shared<Gate>();
  std::unique_ptr<Backend> backend = make_backend();

  [[nodiscard]] std::unique_ptr<Backend> make_backend() const {
    return std::make_unique<Backend>(BackendOptions{.shutdown_timeout = 20ms},
                                     std::make_unique<GatedSink>(gate));
  }
};

TEST_F(WaitLevelTest, TheCallReturnsWhenItsRecordIsOnTheDevice) {
  Caller caller(backend->logger("app"));
  wait_until([&] { return gate->syncs == 1; });
  EXPECT_FALSE(caller.has_returned());

  gate->is_open = true;

  EXPECT_FALSE(caller.join());
  EXPECT_EQ(backend->stats().wait_errors, 0U);
}

// The first call of a thread, which makes its queue, takes another way than those after it.
TEST_F(WaitLevelTest, AThreadsLaterCallsWaitAsItsFirst) {
  gate->is_open = true;
  const Logger log = backend->logger("app");
  for (int i = 1; i <= 3; ++i) {
    log.error("{}", i);
    EXPECT_EQ(gate->syncs, i);
  }
}

TEST_F(WaitLevelTest, CallsOfALowerLevelDoNotWait) {
  backend->logger("app").warn("it does not matter so much");
  EXPECT_FALSE(backend->flush());
  EXPECT_EQ(gate->syncs, 0);
}

TEST_F(WaitLevelTest, DeferredCallsWaitToo) {
  gate->is_open = true;
  LATHE_ERROR(backend->logger("app").deferred(), "x={}", 1);
  EXPECT_FALSE(last_wait_error());
  EXPECT_EQ(gate->syncs, 1);
}

TEST_F(WaitLevelTest, TheCallerLearnsThatTheSyncFailed) {
  gate->answer = std::make_error_code(std::errc::io_error);
  gate->is_open = true;
  backend->logger("app").error("x");
  EXPECT_EQ(last_wait_error(), std::errc::io_error);
  EXPECT_EQ(backend->stats().wait_errors, 1U);
}

TEST_F(WaitLevelTest, TheCallerLearnsThatTheDiskIsFull) {
  gate->is_full = true;
  testing::internal::CaptureStderr();
  backend->logger("app").error("x");
  (void)testing::internal::GetCapturedStderr();
  EXPECT_EQ(last_wait_error(), std::errc::no_space_on_device);
  gate->is_full = false;
  EXPECT_FALSE(backend->flush());
  EXPECT_EQ(backend->stats().records_written, 1U) << "it was kept all the same";
}

TEST_F(WaitLevelTest, TheEndOfTheBackendEndsTheWait) {
  Caller caller(backend->logger("app"));
  wait_until([&] { return gate->syncs == 1; });

  backend.reset();

  EXPECT_EQ(caller.join(), std::errc::operation_canceled);
}

// It waits for the group before it, whose sync is not over when the end comes.
TEST_F(WaitLevelTest, TheLastSyncAnswersCallsThatNoSyncHasBeenMadeFor) {
  gate->opens_at = 3;  // that of the first group, that of the second, that of the end
  Caller first(backend->logger("app"));
  wait_until([&] { return gate->syncs == 1; });
  Caller second(backend->logger("app"));
  wait_until([&] { return backend->stats().records_written == 2; });

  backend.reset();

  EXPECT_FALSE(first.join());
  EXPECT_FALSE(second.join());
}

TEST_F(WaitLevelTest, AnAnswerThatIsLostIsAskedForAgain) {
  gate->forgets = true;
  gate->is_open = true;
  backend->logger("app").error("x");  // a wait for ever shows as a test that times out
  EXPECT_FALSE(last_wait_error());
  EXPECT_EQ(gate->syncs, 2);
}

TEST_F(WaitLevelTest, TheCallerLearnsThatItsRecordWasRefused) {
  backend = std::make_unique<Backend>(
      BackendOptions{.queue_bytes = 4 * KiB, .overflow = Overflow::drop_newest},
      std::make_unique<GatedSink>(gate));
  gate->is_open = true;
  const Logger log = backend->logger("app");
  log.error("goes through");
  EXPECT_FALSE(last_wait_error());
  gate->is_full = true;
  (void)backend->flush(1ms);
  testing::internal::CaptureStderr();
  while (backend->stats().records_dropped == 0) log.info("{:>200}", "fills the queue");

  log.error("{:>300}", "has no room");
  (void)testing::internal::GetCapturedStderr();

  EXPECT_EQ(last_wait_error(), std::errc::no_buffer_space);
  gate->is_full = false;
}

TEST(WaitLevelSinkTest, ASinkThatLogsDoesNotWaitForItself) {
  const auto gate = std::make_shared<Gate>();
  gate->is_open = true;
  std::optional<Logger> log;
  std::error_code learned;
  gate->on_write = [&] {
    if (!log) return;
    std::exchange(log, std::nullopt)->error("from the sink");
    learned = last_wait_error();
  };
  Backend backend{std::make_unique<GatedSink>(gate)};
  const Logger outside = backend.logger("app");
  outside.error("makes the queue");
  log = backend.logger("app");

  outside.error("x");

  EXPECT_EQ(learned, std::errc::resource_deadlock_would_occur);
}

TEST(WaitLevelSinkTest, AManualBackendHasNobodyToWaitFor) {
  EXPECT_THROW((Backend{{.thread = BackendThread::manual},
                        std::make_unique<GatedSink>(std::make_shared<Gate>())}),
               OptionError);
}

TEST(WaitLevelSinkTest, WhatThreadsWaitedForIsDurableInARealFile) {
  const TempDir directory;
  Backend backend{rotating_file_sink(
      {.path = directory / "app.log", .sync = {.level_min = Level::error, .wait_level = true}})};
  std::atomic<std::uint64_t> returned{0};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      const Logger log = backend.logger("app");
      for (int i = 0; i < 25; ++i) {
        log.error("{}", i);
        const std::uint64_t before = ++returned;
        const bool is_durable = backend.stats().records_durable >= before;
        wrong += last_wait_error() || !is_durable ? 1 : 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(backend.stats().records_durable, 100U);
  EXPECT_LE(backend.stats().syncs, 101U);
}

}  // namespace
}  // namespace lathe
