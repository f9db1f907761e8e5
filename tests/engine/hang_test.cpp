// SPDX-License-Identifier: MIT
//
// Calls that do not come back: what they delay, and what they must not.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include <lathe/lathe.hpp>

#include "support/collecting_sink.hpp"
#include "support/temp_dir.hpp"

namespace lathe {
namespace {

using namespace std::chrono_literals;

// A call that hangs until it is let go, and then says that it has come back.
class Hang {
 public:
  // In the call.
  void enter() {
    entered_.set_value();
    released_.get_future().wait();
  }
  void wait_until_entered() { entered_.get_future().wait(); }
  void release() { released_.set_value(); }

 private:
  std::promise<void> entered_;
  std::promise<void> released_;
};

// Hangs in its first write, or in the first work that it has posted. Says when it is destroyed,
// which is the last that a backend does.
class HangingSink final : public Sink {
 public:
  struct Script {
    Hang in_write, in_work;
    bool hangs_in_write = false;
    bool hangs_in_work = false;
    std::promise<void> destroyed;
  };

  explicit HangingSink(std::shared_ptr<Script> script) : script_(std::move(script)) {}
  ~HangingSink() override { script_->destroyed.set_value(); }
  void attach(SinkHost& host) override { host_ = &host; }
  std::error_code write(std::span<const Record>) override {
    if (std::exchange(script_->hangs_in_write, false)) script_->in_write.enter();
    if (std::exchange(script_->hangs_in_work, false)) {
      host_->post([script = script_] {
        script->in_work.enter();
        return std::function<void()>();
      });
    }
    return {};
  }
  std::error_code flush() override { return {}; }
  std::error_code sync() override { return {}; }

 private:
  std::shared_ptr<Script> script_;
  SinkHost* host_ = nullptr;
};

std::string told_at_the_end_of(std::unique_ptr<Backend>& backend) {
  testing::internal::CaptureStderr();
  backend.reset();
  return testing::internal::GetCapturedStderr();
}

TEST(HangTest, TheEndDoesNotWaitForAWriteAndCountsWhatIsNotWritten) {
  const auto script = std::make_shared<HangingSink::Script>();
  script->hangs_in_write = true;
  auto backend = std::make_unique<Backend>(BackendOptions{.shutdown_timeout = 20ms},
                                           std::make_unique<HangingSink>(script));
  const Logger log = backend->logger("app");
  log.info("hangs");
  script->in_write.wait_until_entered();
  for (int i = 0; i < 4; ++i) log.info("{}", i);

  const std::string told = told_at_the_end_of(backend);

  EXPECT_EQ(told,
            "lathe: 5 records were not written before shutdown_timeout: a call of a sink does not "
            "come back\n");
  script->in_write.release();
  script->destroyed.get_future().wait();  // it goes on by itself
}

TEST(HangTest, TheEndDoesNotWaitForWorkOfTheJanitor) {
  const auto script = std::make_shared<HangingSink::Script>();
  script->hangs_in_work = true;
  auto backend = std::make_unique<Backend>(BackendOptions{.shutdown_timeout = 20ms},
                                           std::make_unique<HangingSink>(script));
  backend->logger("app").info("x");
  script->in_work.wait_until_entered();

  const std::string told = told_at_the_end_of(backend);

  EXPECT_NE(told.find("all records are written, 1 of them are not known to be on the device"),
            std::string::npos)
      << told;
  script->in_work.release();
  script->destroyed.get_future().wait();
}

TEST(HangTest, TheEndDoesNotWaitForAHookAndHasSyncedEverythingBefore) {
  const TempDir directory;
  const auto hang = std::make_shared<Hang>();
  RotatingFileOptions options;
  options.path = directory / "app.log";
  options.pattern = "{message}";
  options.hooks.on_open = [hang](const std::string&) { hang->enter(); };
  auto backend = std::make_unique<Backend>(BackendOptions{.shutdown_timeout = 20ms},
                                           rotating_file_sink(options));
  hang->wait_until_entered();
  backend->logger("app").info("x");

  const std::string told = told_at_the_end_of(backend);

  EXPECT_NE(told.find("all records are written, 0 of them"), std::string::npos) << told;
  EXPECT_EQ(directory.read("app.log"), "x\n");
  hang->release();
}

TEST(HangTest, TheEndLetsThreadsGoThatWaitForRoom) {
  const auto script = std::make_shared<HangingSink::Script>();
  script->hangs_in_write = true;
  auto backend =
      std::make_unique<Backend>(BackendOptions{.queue_bytes = 4 * KiB, .shutdown_timeout = 20ms},
                                std::make_unique<HangingSink>(script));
  const Logger log = backend->logger("app");
  log.info("hangs");
  script->in_write.wait_until_entered();
  std::atomic<bool> is_over{false};
  std::thread producer([&] {
    while (!is_over) log.info("{:>200}", "fills the queue");
  });
  // As many as a queue of 4 KiB has room for: the next call waits.
  while (backend->stats().records_accepted < 15) std::this_thread::sleep_for(1ms);

  (void)told_at_the_end_of(backend);
  is_over = true;
  producer.join();

  script->in_write.release();
  script->destroyed.get_future().wait();
}

TEST(HangTest, ASinkThatHangsDelaysNoOtherBackendAndNoProducerWithRoomInItsQueue) {
  const auto script = std::make_shared<HangingSink::Script>();
  script->hangs_in_write = true;
  const auto collected = std::make_shared<Collected>();
  Backend good{std::make_unique<CollectingSink>(collected)};
  {
    Backend bad{std::make_unique<HangingSink>(script)};
    const Logger log = bad.logger("app");
    log.info("hangs");
    script->in_write.wait_until_entered();

    for (int i = 0; i < 100; ++i) {
      log.info("there is room for this");
      good.logger("app").info("x");
      ASSERT_FALSE(good.flush());
    }

    EXPECT_EQ(bad.flush(1ms), std::errc::timed_out);
    script->in_write.release();
  }
  EXPECT_EQ(collected->messages().size(), 100U);
}

}  // namespace
}  // namespace lathe
