// SPDX-License-Identifier: MIT

#include "os/futex.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <thread>
#include <vector>

#include "os/clock.hpp"

namespace lathe {
namespace {

using namespace std::chrono_literals;

void ignore_signal(int) {}

TEST(FutexTest, DoesNotWaitWhenTheWordDiffers) {
  const std::atomic<std::uint32_t> word{1};
  EXPECT_EQ(futex_wait(word, 0), FutexResult::woken);
}

TEST(FutexTest, WaitsForTheWholeTimeout) {
  const std::atomic<std::uint32_t> word{0};
  const std::int64_t start_ns = system_clock().steady_ns();

  EXPECT_EQ(futex_wait(word, 0, 2ms), FutexResult::timed_out);

  EXPECT_GE(system_clock().steady_ns() - start_ns, 2'000'000);
}

TEST(FutexTest, TakesATimeoutOfZeroOrLess) {
  const std::atomic<std::uint32_t> word{0};
  EXPECT_EQ(futex_wait(word, 0, 0ns), FutexResult::timed_out);
  EXPECT_EQ(futex_wait(word, 0, -1s), FutexResult::timed_out);
}

TEST(FutexTest, WakesOneOrAll) {
  std::atomic<std::uint32_t> word{0};
  std::atomic<int> awake{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      // Edges: W  the word. R: the store below; A: here.
      while (word.load(std::memory_order_acquire) == 0) futex_wait(word, 0);
      awake.fetch_add(1, std::memory_order_relaxed);  // counted only; join orders it
    });
  }

  word.store(1, std::memory_order_release);  // R:W
  unsigned woken = futex_wake_one(word);
  EXPECT_LE(woken, 1U);
  woken += futex_wake_all(word);
  for (std::thread& thread : threads) thread.join();

  EXPECT_LE(woken, 3U);
  EXPECT_EQ(awake.load(std::memory_order_relaxed), 3);
}

TEST(FutexTest, ASignalNeitherEndsNorLengthensTheWait) {
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = ignore_signal;  // without SA_RESTART
  ASSERT_EQ(::sigaction(SIGUSR1, &action, &before), 0);
  std::atomic<std::uint32_t> word{0};
  FutexResult result = FutexResult::woken;
  std::int64_t waited_ns = 0;
  std::thread waiter([&] {
    const std::int64_t start_ns = system_clock().steady_ns();
    result = futex_wait(word, 0, 50ms);
    waited_ns = system_clock().steady_ns() - start_ns;
  });

  for (int i = 0; i < 10; ++i) {
    (void)::pthread_kill(waiter.native_handle(), SIGUSR1);
    (void)futex_wait(word, 0, 1ms);
  }
  waiter.join();
  ASSERT_EQ(::sigaction(SIGUSR1, &before, nullptr), 0);

  EXPECT_EQ(result, FutexResult::timed_out);
  EXPECT_GE(waited_ns, 50'000'000);
  EXPECT_LT(waited_ns, 5'000'000'000);
}

}  // namespace
}  // namespace lathe
