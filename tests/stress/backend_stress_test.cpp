// SPDX-License-Identifier: MIT
//
// Threads against one backend. Each test holds three invariants:
//   - records of one thread keep their order;
//   - offered == accepted + dropped, and accepted == written + lost;
//   - no record is torn: each carries a check of its own text.

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <lathe/lathe.hpp>

namespace lathe {
namespace {

using namespace std::chrono_literals;

// Sanitizers slow everything down by an order of magnitude; the interleavings stay as many.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr int kScale = 1;
#else
constexpr int kScale = 10;
#endif

std::uint64_t check_of(unsigned thread, std::uint64_t number, std::size_t filler) {
  return (thread * 1'000'003ULL) ^ (number * 7919ULL) ^ filler;
}

void log_checked(const Logger& log, unsigned thread, std::uint64_t number) {
  const std::string filler((thread * 31 + number * 17) % 90, 'f');
  const std::uint64_t check = check_of(thread, number, filler.size());
  switch (number % 3) {
    case 0:
      LATHE_INFO(log, "{} {} {} {}.", thread, number, filler, check);
      break;
    case 1:
      LATHE_INFO(log.deferred(), "{} {} {} {}.", thread, number, filler, check);
      break;
    default:
      log.info("{} {} {} {}.", thread, number, filler, check);
  }
}

// Checks every record as it comes; backend thread only until the backend is flushed.
struct Checked {
  std::map<unsigned, std::uint64_t> next;  // by thread: the number expected
  std::uint64_t records = 0;
  std::uint64_t torn = 0;
  std::uint64_t out_of_order = 0;
  std::uint64_t gaps = 0;
  std::uint64_t reports = 0;
  std::uint64_t reported_drops = 0;
  std::int64_t last_time_ns = 0;
  std::uint64_t time_steps_back = 0;
};

class CheckingSink final : public Sink {
 public:
  explicit CheckingSink(std::shared_ptr<Checked> checked, std::chrono::microseconds delay = 0us)
      : checked_(std::move(checked)), delay_(delay) {}

  std::error_code write(std::span<const Record> batch) override {
    for (const Record& record : batch) {
      check(record);
    }
    if (delay_ != 0us) {
      std::this_thread::sleep_for(delay_);
    }
    return {};
  }
  std::error_code flush() override { return {}; }
  std::error_code sync() override { return {}; }

 private:
  void check(const Record& record) {
    const std::string text(record.message);
    if (record.logger_name() == "lathe") {
      unsigned long long count = 0;
      std::string digits;
      for (const char c : text.substr(0, text.find(" record"))) {
        if (c >= '0' && c <= '9') {
          digits.push_back(c);
        }
      }
      count = std::stoull(digits);
      ++checked_->reports;
      checked_->reported_drops += count;
      return;
    }
    ++checked_->records;
    unsigned thread = 0;
    unsigned long long number = 0;
    unsigned long long sum = 0;
    char filler[128] = {};
    int fields = std::sscanf(text.c_str(), "%u %llu %127[f] %llu.", &thread, &number, filler, &sum);
    if (fields == 2) {  // the filler is empty
      fields = 2 + std::sscanf(text.c_str(), "%u %llu  %llu.", &thread, &number, &sum) - 1;
    }
    if (fields != 4 || text.back() != '.' ||
        sum != check_of(thread, number, std::string_view(filler).size())) {
      ++checked_->torn;
      return;
    }
    std::uint64_t& next = checked_->next[thread];
    checked_->out_of_order += number < next ? 1U : 0U;
    checked_->gaps += number > next ? 1U : 0U;
    next = number + 1;
    const std::int64_t time_ns = record.time.time_since_epoch().count();
    checked_->time_steps_back += time_ns < checked_->last_time_ns ? 1U : 0U;
    checked_->last_time_ns = time_ns;
  }

  std::shared_ptr<Checked> checked_;
  std::chrono::microseconds delay_;
};

void run_threads(unsigned count, const std::function<void(unsigned)>& body) {
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < count; ++i) {
    threads.emplace_back([&body, i] { body(i); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

void expect_whole(const Checked& checked) {
  EXPECT_EQ(checked.torn, 0U);
  EXPECT_EQ(checked.out_of_order, 0U);
}

TEST(BackendStressTest, FourThreadsLoseNothingAndKeepTheirOrder) {
  auto checked = std::make_shared<Checked>();
  Backend backend{{.queue_bytes = 16 * KiB}, std::make_unique<CheckingSink>(checked)};
  const Logger log = backend.logger("app");
  constexpr std::uint64_t kRecords = 10'000 * kScale;
  run_threads(4, [&](unsigned thread) {
    for (std::uint64_t i = 0; i < kRecords; ++i) {
      log_checked(log, thread, i);
    }
  });
  ASSERT_FALSE(backend.flush());
  const Stats stats = backend.stats();
  EXPECT_EQ(stats.records_accepted, 4 * kRecords);
  EXPECT_EQ(stats.records_written, 4 * kRecords);
  EXPECT_EQ(stats.records_dropped, 0U);
  EXPECT_EQ(stats.records_queued, 0U);
  EXPECT_EQ(checked->records, 4 * kRecords);
  EXPECT_EQ(checked->gaps, 0U);
  expect_whole(*checked);
  // Threads are preempted between stamp and push for longer than the window now and then; each
  // such record is counted.
  EXPECT_LE(checked->time_steps_back, stats.records_late);
}

TEST(BackendStressTest, DropsAreCountedAndReportedToTheLastOne) {
  for (const Overflow overflow : {Overflow::drop_newest, Overflow::shed}) {
    auto checked = std::make_shared<Checked>();
    Backend backend{{.queue_bytes = 4 * KiB, .overflow = overflow},
                    std::make_unique<CheckingSink>(checked, 200us)};
    const Logger log = backend.logger("app");
    constexpr std::uint64_t kRecords = 2'000 * kScale;
    run_threads(4, [&](unsigned thread) {
      for (std::uint64_t i = 0; i < kRecords; ++i) {
        log_checked(log, thread, i);
      }
    });
    while (backend.stats().producers != 0) {  // reports of ended threads included
      ASSERT_FALSE(backend.flush());
    }
    const Stats stats = backend.stats();
    EXPECT_EQ(stats.records_accepted + stats.records_dropped, 4 * kRecords) << "offered";
    EXPECT_EQ(stats.records_written + stats.records_lost, stats.records_accepted);
    EXPECT_EQ(checked->records, stats.records_written);
    EXPECT_EQ(checked->reported_drops, stats.records_dropped);
    EXPECT_GT(stats.records_dropped, 0U) << "the test did not fill a queue";
    expect_whole(*checked);
  }
}

TEST(BackendStressTest, TenThousandShortThreadsLoseNothing) {
  auto checked = std::make_shared<Checked>();
  Backend backend{{.queue_bytes = 4 * KiB}, std::make_unique<CheckingSink>(checked)};
  const Logger log = backend.logger("app");
  constexpr unsigned kThreads = 1'000 * kScale;
  for (unsigned first = 0; first < kThreads; first += 4) {
    run_threads(4, [&](unsigned i) {
      for (std::uint64_t number = 0; number < 3; ++number) {
        log_checked(log, first + i, number);
      }
    });
  }
  ASSERT_FALSE(backend.flush());
  EXPECT_EQ(checked->records, kThreads * 3U);
  EXPECT_EQ(checked->gaps, 0U);
  expect_whole(*checked);
  EXPECT_EQ(backend.stats().records_accepted, kThreads * 3U);
  while (backend.stats().producers != 0) {
    ASSERT_FALSE(backend.flush());
  }
}

TEST(BackendStressTest, SixtyFourThreadsShareOneBackend) {
  auto checked = std::make_shared<Checked>();
  Backend backend{{.queue_bytes = 4 * KiB}, std::make_unique<CheckingSink>(checked)};
  const Logger log = backend.logger("app");
  constexpr std::uint64_t kRecords = 200 * kScale;
  run_threads(64, [&](unsigned thread) {
    for (std::uint64_t i = 0; i < kRecords; ++i) {
      log_checked(log, thread, i);
    }
  });
  ASSERT_FALSE(backend.flush());
  EXPECT_EQ(checked->records, 64 * kRecords);
  EXPECT_EQ(checked->gaps, 0U);
  expect_whole(*checked);
}

TEST(BackendStressTest, FlushReturnsUnderConstantLoadAndCoversWhatCameBefore) {
  auto checked = std::make_shared<Checked>();
  Backend backend{{.queue_bytes = 16 * KiB}, std::make_unique<CheckingSink>(checked)};
  const Logger log = backend.logger("app");
  std::atomic<bool> stop{false};
  std::thread load([&] {
    for (std::uint64_t i = 0; !stop.load(std::memory_order_relaxed); ++i) {
      log_checked(log, 1, i);
    }
  });
  for (int i = 0; i < 20 * kScale; ++i) {
    log_checked(log, 0, static_cast<std::uint64_t>(i));
    const std::uint64_t accepted = backend.stats().records_accepted;
    const std::error_code error = i % 2 == 0 ? backend.flush() : backend.sync();
    ASSERT_FALSE(error);
    ASSERT_GE(backend.stats().records_written, accepted - 1)
        << "all but one that the other thread may have been counting";
  }
  stop.store(true, std::memory_order_relaxed);
  load.join();
  ASSERT_FALSE(backend.flush());
  EXPECT_EQ(checked->gaps, 0U);
  expect_whole(*checked);
}

TEST(BackendStressTest, FlushesOfManyThreadsAreAllAnswered) {
  auto checked = std::make_shared<Checked>();
  Backend backend{std::make_unique<CheckingSink>(checked)};
  const Logger log = backend.logger("app");
  run_threads(8, [&](unsigned thread) {
    for (std::uint64_t i = 0; i < 20U * kScale; ++i) {
      log_checked(log, thread, i);
      ASSERT_FALSE(i % 4 == 0 ? backend.sync() : backend.flush());
    }
  });
  EXPECT_EQ(checked->records, 8U * 20U * kScale);
  expect_whole(*checked);
}

TEST(BackendStressTest, StoppingRacesWithLoggingWithoutLossOrHarm) {
  for (int round = 0; round < 10 * kScale; ++round) {
    auto checked = std::make_shared<Checked>();
    const std::uint64_t refused_before = refused_records();
    std::atomic<std::uint64_t> offered{0};
    std::vector<std::thread> threads;
    {
      Backend backend{{.queue_bytes = 4 * KiB}, std::make_unique<CheckingSink>(checked)};
      const Logger log = backend.logger("app");
      std::atomic<int> started{0};
      for (unsigned thread = 0; thread < 3; ++thread) {
        threads.emplace_back([&offered, &started, log, thread] {
          for (std::uint64_t i = 0; i < 300; ++i) {
            log_checked(log, thread, i);
            offered.fetch_add(1, std::memory_order_relaxed);
            if (i == 0) {
              started.fetch_add(1, std::memory_order_release);
            }
          }
        });
      }
      while (started.load(std::memory_order_acquire) < 3) {
        std::this_thread::yield();
      }
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    expect_whole(*checked);
    ASSERT_EQ(checked->records + (refused_records() - refused_before), offered.load())
        << "each call is written or counted";
  }
}

TEST(BackendStressTest, LevelsMayChangeWhileOthersLog) {
  auto checked = std::make_shared<Checked>();
  Backend backend{std::make_unique<CheckingSink>(checked)};
  const Logger log = backend.logger("app");
  std::atomic<bool> stop{false};
  std::thread changer([&] {
    while (!stop.load(std::memory_order_relaxed)) {
      log.set_level(Level::error);
      log.set_level(Level::info);
      (void)backend.logger("another");
      (void)backend.stats();
    }
  });
  for (std::uint64_t i = 0; i < 5'000U * kScale; ++i) {
    log_checked(log, 0, i);
  }
  stop.store(true, std::memory_order_relaxed);
  changer.join();
  ASSERT_FALSE(backend.flush());
  expect_whole(*checked);
}

}  // namespace
}  // namespace lathe
