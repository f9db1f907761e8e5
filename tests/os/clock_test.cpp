// SPDX-License-Identifier: MIT

#include "os/clock.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace lathe {
namespace {

TEST(ClockTest, TellsTheTimeOfDay) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto now_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
  constexpr std::int64_t kMinuteNs = 60'000'000'000;
  EXPECT_NEAR(static_cast<double>(system_clock().wall_ns()), static_cast<double>(now_ns),
              static_cast<double>(kMinuteNs));
}

TEST(ClockTest, SteadyTimeNeverGoesBack) {
  std::int64_t last = system_clock().steady_ns();
  for (int i = 0; i < 10'000; ++i) {
    const std::int64_t now = system_clock().steady_ns();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(ClockTest, StampsGrowWithTime) {
  const std::uint64_t before = system_clock().stamp();
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_GT(system_clock().stamp(), before);
}

TEST(ClockTest, StampsAreNanosecondsWhereThereIsNoCounter) {
  if (stamp_counter_usable()) GTEST_SKIP() << "this machine has a usable counter";
  const auto stamp = static_cast<std::int64_t>(system_clock().stamp());
  EXPECT_LT(system_clock().steady_ns() - stamp, 1'000'000'000);
}

}  // namespace
}  // namespace lathe
