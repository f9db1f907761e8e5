// SPDX-License-Identifier: MIT
//
// Background work: the janitor's second kind, and what a backend makes of it.

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

#include <condition_variable>
#include <filesystem>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <lathe/backend.hpp>

#include "engine/backend_core.hpp"
#include "engine/janitor.hpp"
#include "os/thread.hpp"
#include "support/fake_clock.hpp"

namespace lathe {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;
using Completion = std::function<void()>;

// Returns when the token says so: what a long work does, less the work.
void wait_for_stop(const std::stop_token& token) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  (void)changed.wait(lock, token, [] { return false; });
}

std::set<std::string> own_tasks() {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    names.insert(entry.path().filename());
  }
  return names;
}

class BackgroundTest : public ::testing::TestWithParam<bool> {
 protected:
  // Runs until `count` events came; a missing one shows as a test that times out.
  void run_until(std::size_t count) {
    while (events_.size() < count) {
      if (!background_.run()) {
        signal_.wait(1h);
      }
    }
  }

  void post(std::function<void(std::stop_token)> work) {
    background_.post([work = std::move(work)](std::stop_token token) {
      work(std::move(token));
      return Completion();
    });
  }

  WakeSignal signal_;
  Texts events_;
  Janitor background_{WorkKind::background, GetParam(), signal_, [this](const char* what) {
                        events_.push_back(std::string("threw ") + what);
                      }};
};

TEST_P(BackgroundTest, RunsWorksInOrderAndTheirCompletionsOnTheCallersThread) {
  const std::thread::id here = std::this_thread::get_id();
  for (int i = 0; i < 100; ++i) {
    background_.post([this, i, here](const std::stop_token& token) {
      EXPECT_FALSE(token.stop_requested());
      EXPECT_EQ(std::this_thread::get_id() != here, GetParam());
      return [this, i, here] {
        EXPECT_EQ(std::this_thread::get_id(), here);
        events_.push_back(std::to_string(i));
      };
    });
  }
  run_until(100);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(events_[static_cast<std::size_t>(i)], std::to_string(i));
  }
}

TEST_P(BackgroundTest, TellsOfAWorkThatThrowsAndGoesOn) {
  background_.post(
      [](const std::stop_token&) -> Completion { throw std::runtime_error("no such file"); });
  background_.post(
      [this](const std::stop_token&) { return [this] { events_.push_back("next"); }; });
  run_until(2);
  EXPECT_EQ(events_, (Texts{"threw no such file", "next"}));
}

// Tells where it was freed.
struct Freed {
  explicit Freed(std::vector<std::thread::id>& where_) : where(&where_) {}
  ~Freed() { where->push_back(std::this_thread::get_id()); }
  Freed(const Freed&) = delete;
  Freed& operator=(const Freed&) = delete;
  std::vector<std::thread::id>* where;
};

TEST_P(BackgroundTest, DiscardsAtItsEndWhatHasNotBegunAndFreesItOnTheStoppingThread) {
  std::vector<std::thread::id> freed_on;
  std::promise<void> begun;
  if (GetParam()) {
    post([&](const std::stop_token& token) {
      begun.set_value();
      wait_for_stop(token);
    });
    begun.get_future().wait();
  }
  for (int i = 0; i < 3; ++i) {
    post([freed = std::make_shared<Freed>(freed_on)](const std::stop_token&) { FAIL(); });
  }
  EXPECT_TRUE(freed_on.empty());

  background_.stop();

  EXPECT_EQ(freed_on, std::vector(3, std::this_thread::get_id()));
  EXPECT_FALSE(background_.run());
}

TEST_P(BackgroundTest, DiscardsWhatIsPostedAfterItsEnd) {
  std::vector<std::thread::id> freed_on;
  background_.request_stop();
  post([freed = std::make_shared<Freed>(freed_on)](const std::stop_token&) { FAIL(); });
  EXPECT_EQ(freed_on.size(), 1U);
  background_.stop();
  post([freed = std::make_shared<Freed>(freed_on)](const std::stop_token&) { FAIL(); });
  EXPECT_EQ(freed_on.size(), 2U);
  EXPECT_FALSE(background_.run());
}

TEST_P(BackgroundTest, StopsWithoutEverHavingWorked) {
  background_.stop();
  background_.stop();
  EXPECT_FALSE(background_.run());
}

INSTANTIATE_TEST_SUITE_P(Threads, BackgroundTest, ::testing::Bool(), [](const auto& parameter) {
  return parameter.param ? "OwnThread" : "NoThread";
});

using BackgroundThreadTest = BackgroundTest;

TEST_P(BackgroundThreadTest, WaitsForTheRunningWorkWhichSeesItsTokenAndRunsItsCompletion) {
  std::promise<void> begun;
  background_.post([&](const std::stop_token& token) {
    begun.set_value();
    wait_for_stop(token);
    return [this] { events_.push_back("stopped half way"); };
  });
  begun.get_future().wait();

  background_.stop();

  EXPECT_TRUE(events_.empty());
  EXPECT_TRUE(background_.run());
  EXPECT_EQ(events_, Texts{"stopped half way"});
}

TEST_P(BackgroundThreadTest, MakesItsThreadForTheFirstWork) {
  const std::set<std::string> before = own_tasks();
  {
    const Janitor unused(WorkKind::background, true, signal_, [](const char*) {});
    for (const std::string& task : own_tasks()) {
      EXPECT_TRUE(before.contains(task));
    }
  }
  std::string task;
  post([&](const std::stop_token&) { task = std::to_string(current_thread_id()); });
  background_.post([this](const std::stop_token&) { return [this] { events_.push_back("ran"); }; });
  run_until(1);
  EXPECT_FALSE(before.contains(task));
}

TEST_P(BackgroundThreadTest, HasALowPriorityANameAndNoSignals) {
  background_.post([this](const std::stop_token&) {
    EXPECT_EQ(current_thread_name(), "lathe-upkeep");
    EXPECT_GE(::getpriority(PRIO_PROCESS, 0), 10);
    sigset_t blocked;
    EXPECT_EQ(::pthread_sigmask(SIG_BLOCK, nullptr, &blocked), 0);
    EXPECT_EQ(::sigismember(&blocked, SIGTERM), 1);
    EXPECT_EQ(::sigismember(&blocked, SIGSEGV), 0);
    EXPECT_TRUE(background_.is_this_thread());
    return [this] { events_.push_back("ran"); };
  });
  run_until(1);
  EXPECT_FALSE(background_.is_this_thread());
}

TEST_P(BackgroundThreadTest, IsNotPinnedWithTheThreadThatPosts) {
  const CpuMask ours = current_cpus();
  const int cpu = ::sched_getcpu();
  ASSERT_GE(cpu, 0);
  CpuMask theirs{};
  std::thread([&] {
    ASSERT_FALSE(pin_thread_to_cpu(static_cast<unsigned>(cpu)));
    background_.post([&](const std::stop_token&) {
      theirs = current_cpus();
      return [this] { events_.push_back("ran"); };
    });
  }).join();
  run_until(1);
  EXPECT_EQ(theirs, ours);
}

INSTANTIATE_TEST_SUITE_P(Threads, BackgroundThreadTest, ::testing::Values(true),
                         [](const auto&) { return "OwnThread"; });

// A sink that has background work for each batch, and counts as it is told.
class WorkingSink final : public Sink {
 public:
  explicit WorkingSink(SinkHost::BackgroundWork work, SinkStats stats = {})
      : work_(std::move(work)), stats_(stats) {}
  void attach(SinkHost& host) override { host_ = &host; }
  std::error_code write(std::span<const Record>) override {
    if (work_) {
      host_->post_background(work_);
    }
    return {};
  }
  std::error_code flush() override { return {}; }
  std::error_code sync() override { return {}; }
  [[nodiscard]] SinkStats stats() const override { return stats_; }

 private:
  SinkHost::BackgroundWork work_;
  SinkStats stats_;
  SinkHost* host_ = nullptr;
};

TEST(BackendBackgroundTest, RunsBackgroundWorkElsewhereAndItsCompletionOnTheBackendThread) {
  std::promise<std::pair<std::string, std::string>> names;
  {
    Backend backend{std::make_unique<WorkingSink>([&](const std::stop_token&) {
      return [&, worker = current_thread_name()] {
        names.set_value({worker, current_thread_name()});
      };
    })};
    backend.logger("app").info("x");
    EXPECT_FALSE(backend.flush());
    EXPECT_EQ(names.get_future().get(),
              (std::pair<std::string, std::string>{"lathe-upkeep", "lathe-io"}));
  }
}

TEST(BackendBackgroundTest, StopsTheRunningWorkAtItsEndAndRunsItsCompletion) {
  std::promise<void> begun;
  int completions = 0;
  {
    Backend backend{std::make_unique<WorkingSink>([&](const std::stop_token& token) {
      begun.set_value();
      wait_for_stop(token);
      return [&] { ++completions; };
    })};
    backend.logger("app").info("x");
    begun.get_future().wait();
  }
  EXPECT_EQ(completions, 1);
}

TEST(BackendBackgroundTest, RefusesToBeStoppedByItsBackgroundWork) {
  const FakeClock clock;
  BackendCore* core = nullptr;
  std::promise<StopResult> stopped;
  auto made = std::make_unique<BackendCore>(
      BackendOptions{}, sinks(std::make_unique<WorkingSink>([&](const std::stop_token&) {
        stopped.set_value(core->stop());
        return Completion();
      })),
      clock);
  core = made.get();
  Backend backend{std::move(made)};
  backend.logger("app").info("x");
  EXPECT_EQ(stopped.get_future().get(), StopResult::refused);
}

TEST(BackendBackgroundTest, WithoutThreadsBackgroundWorkRunsInStep) {
  std::vector<std::string> events;
  Backend backend{{.thread = BackendThread::manual},
                  std::make_unique<WorkingSink>([&](const std::stop_token&) {
                    events.push_back("work");
                    return [&] { events.push_back("completion"); };
                  })};
  backend.logger("app").info("x");
  EXPECT_TRUE(backend.step());
  EXPECT_TRUE(events.empty());
  EXPECT_TRUE(backend.step());
  EXPECT_EQ(events, (Texts{"work", "completion"}));
}

TEST(BackendBackgroundTest, WithoutThreadsDiscardsAtItsEndWhatNoStepHasRun) {
  int works = 0;
  {
    Backend backend{{.thread = BackendThread::manual},
                    std::make_unique<WorkingSink>([&](const std::stop_token&) {
                      ++works;
                      return Completion();
                    })};
    backend.logger("app").info("x");
    EXPECT_TRUE(backend.step());
  }
  EXPECT_EQ(works, 0);
}

TEST(BackendBackgroundTest, AddsUpWhatItsSinksCount) {
  const SinkStats one{.bytes_written = 1,
                      .rotations = 2,
                      .rotation_errors = 3,
                      .prunes = 4,
                      .prune_errors = 5,
                      .compressions = 6,
                      .compression_errors = 7,
                      .compressions_pending = 8,
                      .hook_errors = 9,
                      .write_errors = 10,
                      .syncs = 11,
                      .sync_errors = 12};
  Backend backend{{.thread = BackendThread::manual},
                  sinks(std::make_unique<WorkingSink>(nullptr, one),
                        std::make_unique<WorkingSink>(nullptr, one))};
  backend.logger("app").info("x");
  EXPECT_TRUE(backend.step());

  const Stats stats = backend.stats();
  EXPECT_EQ(stats.bytes_written, 2U);
  EXPECT_EQ(stats.rotations, 4U);
  EXPECT_EQ(stats.rotation_errors, 6U);
  EXPECT_EQ(stats.prunes, 8U);
  EXPECT_EQ(stats.prune_errors, 10U);
  EXPECT_EQ(stats.compressions, 12U);
  EXPECT_EQ(stats.compression_errors, 14U);
  EXPECT_EQ(stats.compressions_pending, 16U);
  EXPECT_EQ(stats.hook_errors, 18U);
  EXPECT_EQ(stats.write_errors, 20U);
  EXPECT_EQ(stats.syncs, 22U);
  EXPECT_EQ(stats.sync_errors, 24U);
}

}  // namespace
}  // namespace lathe
