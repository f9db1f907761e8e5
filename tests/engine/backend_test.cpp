// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <lathe/lathe.hpp>

#include "manual_backend.hpp"

namespace lathe {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

TEST(BackendTest, StepsUntilThereIsNothingToDo) {
  ManualBackend manual;
  const Logger log = manual.backend->logger("app");
  log.info("a {}", 1);
  log.info("b");
  EXPECT_TRUE(manual.collected->messages().empty()) << "nothing is written before a step";
  while (manual.backend->step()) {
  }
  EXPECT_EQ(manual.collected->messages(), (Texts{"a 1", "b"}));
  EXPECT_FALSE(manual.backend->step());
}

TEST(BackendTest, CountsEveryRecordOnce) {
  ManualBackend manual;
  const Logger log = manual.backend->logger("app");
  for (int i = 0; i < 10; ++i) {
    log.info("{}", i);
  }
  EXPECT_EQ(manual.backend->stats().records_accepted, 10U);
  EXPECT_EQ(manual.backend->stats().records_queued, 10U);
  EXPECT_FALSE(manual.backend->flush());
  const Stats stats = manual.backend->stats();
  EXPECT_EQ(stats.records_written, 10U);
  EXPECT_EQ(stats.records_queued, 0U);
  EXPECT_EQ(stats.records_lost, 0U);
  EXPECT_EQ(stats.batches, 1U);
  EXPECT_EQ(stats.producers, 1U);
  EXPECT_EQ(stats.write_ns.count(), 1U);
  EXPECT_EQ(stats.residence_ns.count(), 1U);
}

TEST(BackendTest, FlushCoversRecordsLoggedByOtherThreadsBeforeIt) {
  auto collected = std::make_shared<Collected>();
  Backend backend{std::make_unique<CollectingSink>(collected)};
  const Logger log = backend.logger("app");
  for (int round = 1; round <= 20; ++round) {
    std::thread([&] { log.info("from another thread"); }).join();
    ASSERT_FALSE(backend.flush());
    ASSERT_EQ(collected->messages().size(), static_cast<std::size_t>(round));
  }
}

// A pass takes a part of a queue only; the flush waits for as many as it needs.
TEST(BackendTest, FlushCoversMoreThanOnePassTakes) {
  ManualBackend manual({.queue_bytes = 4 * KiB});
  const Logger log = manual.backend->logger("app");
  for (int i = 0; i < 30; ++i) log.info("{:080}", i);  // three quarters of the queue

  EXPECT_FALSE(manual.backend->flush());

  EXPECT_EQ(manual.collected->messages().size(), 30U);
  EXPECT_GT(manual.backend->stats().batches, 1U) << "else it was one pass";
}

TEST(BackendTest, SyncReachesTheSink) {
  ManualBackend manual;
  manual.backend->logger("app").info("x");
  EXPECT_FALSE(manual.backend->sync());
  EXPECT_EQ(manual.collected->syncs, 1);
  EXPECT_EQ(manual.collected->messages(), Texts{"x"});
}

TEST(BackendTest, FlushReturnsTheSinksError) {
  ManualBackend manual;
  manual.collected->on_flush = [] { return std::make_error_code(std::errc::no_space_on_device); };
  manual.backend->logger("app").info("x");
  EXPECT_EQ(manual.backend->flush(), std::errc::no_space_on_device);
}

TEST(BackendTest, FlushTimesOutAtItsDeadline) {
  auto collected = std::make_shared<Collected>();
  std::atomic<bool> hangs{true};
  collected->on_write = [&] {
    while (hangs.load(std::memory_order_acquire)) {
      std::this_thread::sleep_for(1ms);
    }
    return std::error_code();
  };
  Backend backend{std::make_unique<CollectingSink>(collected)};
  backend.logger("app").info("x");
  EXPECT_EQ(backend.flush(5ms), std::errc::timed_out);
  hangs.store(false, std::memory_order_release);
  EXPECT_FALSE(backend.flush());
}

TEST(BackendTest, AStuckSinkKeepsRecordsInTheQueuesUntilItGoesOn) {
  ManualBackend manual;
  bool broken = true;
  manual.collected->on_flush = [&] {
    manual.collected->stuck = broken;
    return broken ? std::make_error_code(std::errc::no_space_on_device) : std::error_code();
  };
  const Logger log = manual.backend->logger("app");
  log.info("kept");
  EXPECT_EQ(manual.backend->flush(), std::errc::no_space_on_device);
  log.info("waits");
  EXPECT_FALSE(manual.backend->step());
  EXPECT_EQ(manual.collected->messages(), Texts{"kept"}) << "no more while it is stuck";
  EXPECT_EQ(manual.backend->stats().records_written, 0U);
  EXPECT_EQ(manual.backend->flush(), std::errc::no_space_on_device)
      << "still, though nothing was tried since";
  EXPECT_EQ(manual.backend->sync(), std::errc::no_space_on_device);
  broken = false;
  EXPECT_FALSE(manual.backend->flush()) << "asked for, so it does not wait for the back-off";
  const Stats stats = manual.backend->stats();
  EXPECT_EQ(stats.records_written, 2U);
  EXPECT_EQ(stats.records_lost, 0U);
  const Texts texts = manual.collected->messages();
  EXPECT_EQ(std::count(texts.begin(), texts.end(), "kept"), 1);
  EXPECT_EQ(std::count(texts.begin(), texts.end(), "waits"), 1);
}

TEST(BackendTest, WritesTheFirstRecordEvenIfStoppedAtOnce) {
  for (int i = 0; i < 50; ++i) {
    auto collected = std::make_shared<Collected>();
    {
      Backend backend{std::make_unique<CollectingSink>(collected)};
      backend.logger("app").info("only");
    }
    ASSERT_EQ(collected->messages(), Texts{"only"});
    ASSERT_GE(collected->syncs, 1);
  }
}

TEST(BackendTest, AFlushFromTheSinkItselfIsRefused) {
  auto collected = std::make_shared<Collected>();
  Backend* address = nullptr;
  std::error_code seen;
  collected->on_write = [&] {
    seen = address->flush();
    return std::error_code();
  };
  Backend backend{std::make_unique<CollectingSink>(collected)};
  address = &backend;
  backend.logger("app").info("x");
  EXPECT_FALSE(backend.flush());
  EXPECT_EQ(seen, std::errc::resource_deadlock_would_occur);
}

TEST(BackendTest, RefusesBadOptionsByName) {
  const auto field_of = [](BackendOptions options) -> std::string {
    try {
      const Backend backend(options,
                            std::make_unique<CollectingSink>(std::make_shared<Collected>()));
    } catch (const OptionError& error) {
      return error.field();
    }
    return "none";
  };
  EXPECT_EQ(field_of({.queue_bytes = 1000}), "queue_bytes");
  EXPECT_EQ(field_of({.thread_name = "a name that is far too long"}), "thread_name");
  EXPECT_EQ(field_of({.cpu = 9999}), "cpu");
  EXPECT_EQ(field_of({.idle_max = -1s}), "idle_max");
  EXPECT_THROW(Backend(BackendOptions{}, Sinks{}), OptionError);
  EXPECT_THROW(Backend(std::unique_ptr<Sink>()), OptionError);
}

TEST(BackendTest, TheLongestDeadlinesMeanForEver) {
  auto collected = std::make_shared<Collected>();
  Backend backend{{.shutdown_timeout = std::chrono::nanoseconds::max()},
                  std::make_unique<CollectingSink>(collected)};
  backend.logger("app").info("x");
  EXPECT_FALSE(backend.flush(std::chrono::nanoseconds::max()));
  EXPECT_FALSE(backend.sync(std::chrono::nanoseconds::max()));
}

TEST(BackendTest, AHealthySinkGetsEverythingEvenWithoutAShutdownTimeout) {
  auto collected = std::make_shared<Collected>();
  {
    Backend backend{{.shutdown_timeout = 0s}, std::make_unique<CollectingSink>(collected)};
    for (int i = 0; i < 1000; ++i) {
      backend.logger("app").info("{}", i);
    }
  }
  EXPECT_EQ(collected->messages().size(), 1000U);
}

TEST(BackendTest, CallsBackFromASinkDoNoHarmWithoutAThread) {
  ManualBackend manual;
  std::vector<std::error_code> seen;
  bool stepped = true;
  manual.collected->on_write = [&] {
    seen.push_back(manual.backend->flush());
    seen.push_back(manual.backend->sync());
    stepped = manual.backend->step();
    return std::error_code();
  };
  manual.backend->logger("app").info("x");
  EXPECT_FALSE(manual.backend->flush());
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[0], std::errc::resource_deadlock_would_occur);
  EXPECT_EQ(seen[1], std::errc::resource_deadlock_would_occur);
  EXPECT_FALSE(stepped);
}

TEST(BackendTest, StepDoesNothingBesideAnOwnThread) {
  auto collected = std::make_shared<Collected>();
  Backend backend{std::make_unique<CollectingSink>(collected)};
  EXPECT_FALSE(backend.step());
}

TEST(BackendTest, ASinkThatLogsIntoAFullQueueDropsInsteadOfWaitingForItself) {
  auto collected = std::make_shared<Collected>();
  std::optional<Logger> log;
  bool logged = false;
  collected->on_write = [&] {
    if (!std::exchange(logged, true)) {
      for (int i = 0; i < 1000; ++i) {
        log->info("{}", std::string(100, 's'));
      }
    }
    return std::error_code();
  };
  Backend backend{{.queue_bytes = 4 * KiB}, std::make_unique<CollectingSink>(collected)};
  log = backend.logger("app");
  std::thread([&] { log->info("x"); }).join();
  ASSERT_FALSE(backend.flush());
  ASSERT_FALSE(backend.flush());
  const Stats stats = backend.stats();
  EXPECT_GT(stats.records_dropped, 0U);
  EXPECT_EQ(stats.records_accepted + stats.records_dropped, 1001U);
}

TEST(BackendTest, DeferredTextBeyondTheLargestRecordIsCutWithANote) {
  ManualBackend manual({.record_bytes_max = 1 * KiB});
  LATHE_INFO(manual.backend->logger("app").deferred(), "{:>5000}", 1);
  EXPECT_FALSE(manual.backend->flush());
  EXPECT_EQ(manual.collected->messages(),
            Texts{std::string(1 * KiB, ' ') + " [lathe: 3976 bytes cut]"});
}

TEST(BackendTest, WritesTheRecordThatEndsADeepSleep) {
  auto collected = std::make_shared<Collected>();
  Backend backend{std::make_unique<CollectingSink>(collected)};
  const Logger log = backend.logger("app");
  log.info("before");
  std::this_thread::sleep_for(std::chrono::nanoseconds(BackendCore::kDeepSleepAfterNs) + 200ms);
  log.info("after");
  while (collected->messages().size() < 2) {
    std::this_thread::sleep_for(1ms);
  }
}

TEST(BackendTest, NamesItsThread) {
  auto collected = std::make_shared<Collected>();
  std::string name;
  collected->on_write = [&] {
    char text[16] = {};
    EXPECT_EQ(::pthread_getname_np(::pthread_self(), text, sizeof(text)), 0);
    name = text;
    return std::error_code();
  };
  Backend backend{{.thread_name = "my-io"}, std::make_unique<CollectingSink>(collected)};
  backend.logger("app").info("x");
  EXPECT_FALSE(backend.flush());
  EXPECT_EQ(name, "my-io");
}

TEST(BackendTest, TwoBackendsDoNotKnowEachOther) {
  auto one = std::make_shared<Collected>();
  auto two = std::make_shared<Collected>();
  Backend first{std::make_unique<CollectingSink>(one)};
  Backend second{std::make_unique<CollectingSink>(two)};
  const Logger log_first = first.logger("app");
  const Logger log_second = second.logger("app");
  for (int i = 0; i < 100; ++i) {
    log_first.info("first {}", i);
    log_second.info("second {}", i);
  }
  EXPECT_FALSE(first.flush());
  EXPECT_FALSE(second.flush());
  EXPECT_EQ(one->messages().size(), 100U);
  EXPECT_EQ(two->messages().size(), 100U);
  EXPECT_EQ(one->messages().at(99), "first 99");
}

TEST(BackendTest, OneThreadMayLogToMoreBackendsThanItHasSlots) {
  std::vector<std::unique_ptr<ManualBackend>> all;
  for (int i = 0; i < 20; ++i) {
    all.push_back(std::make_unique<ManualBackend>());
  }
  for (int round = 0; round < 3; ++round) {
    for (const auto& each : all) {
      each->backend->logger("app").info("{}", round);
    }
  }
  for (const auto& each : all) {
    EXPECT_FALSE(each->backend->flush());
    EXPECT_EQ(each->collected->messages(), (Texts{"0", "1", "2"}));
    EXPECT_EQ(each->backend->stats().producers, 1U);
  }
}

}  // namespace
}  // namespace lathe
