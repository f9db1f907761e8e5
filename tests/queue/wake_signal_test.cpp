// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "queue/signal.hpp"

namespace lathe {
namespace {

using namespace std::chrono_literals;

constexpr auto kForever = 1h;  // a lost wake shows as a test that times out

TEST(WakeSignalTest, RemembersAWakeThatCameBeforeTheWait) {
  WakeSignal signal;
  signal.wake();
  signal.wait(kForever);
}

TEST(WakeSignalTest, WaitsAgainAfterOneWakeWasUsed) {
  WakeSignal signal;
  signal.wake();
  signal.wait(kForever);
  const auto start = std::chrono::steady_clock::now();
  signal.wait(2ms);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 2ms);
}

TEST(WakeSignalTest, NoWakeIsLostBetweenTheLastLookAndFallingAsleep) {
  WakeSignal signal;
  constexpr int kRounds = 20000;
  std::atomic<int> given{0};
  std::thread waker([&] {
    for (int i = 1; i <= kRounds; ++i) {
      given.store(i, std::memory_order_relaxed);  // published by wake()
      signal.wake();
      if (i % 64 == 0) {
        std::this_thread::yield();
      }
    }
  });
  while (given.load(std::memory_order_relaxed) < kRounds) {  // ordered by the signal
    signal.wait(kForever);
  }
  waker.join();
}

}  // namespace
}  // namespace lathe
