// SPDX-License-Identifier: MIT
//
// Ten seconds of real stamps against the wall clock.

#include <gtest/gtest.h>

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <lathe/lathe.hpp>

#include "support/collecting_sink.hpp"

namespace lathe {
namespace {

using namespace std::chrono_literals;

std::int64_t wall_ns() {
  timespec now{};
  EXPECT_EQ(::clock_gettime(CLOCK_REALTIME, &now), 0);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

// A record's stamp is read between two readings of the wall clock, so it must lie between them. On
// a busy machine the thread may be preempted in between: then the bracket is wide and says so
// itself, which makes the test exact instead of timed.
TEST(StampClockTest, TenSecondsOfStampsAgreeWithTheWallClockWithinTenMicroseconds) {
  auto collected = std::make_shared<Collected>();
  Backend backend{std::make_unique<CollectingSink>(collected)};
  const Logger log = backend.logger("app");
  struct Bracket {
    std::int64_t before_ns;
    std::int64_t after_ns;
  };
  std::vector<Bracket> brackets;
  const std::int64_t start_ns = wall_ns();
  while (wall_ns() - start_ns < 10'000'000'000) {
    const std::int64_t before_ns = wall_ns();
    LATHE_INFO(log.deferred(), "{}", brackets.size());
    brackets.push_back({before_ns, wall_ns()});
    std::this_thread::sleep_for(1ms);
  }
  ASSERT_FALSE(backend.flush());
  const std::vector<CollectedRecord> records = collected->records();
  ASSERT_EQ(records.size(), brackets.size());
  std::int64_t worst_ns = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (brackets[i].before_ns - start_ns < 1'000'000'000) {
      continue;  // the first second is coarser
    }
    const std::int64_t early_ns = brackets[i].before_ns - records[i].time_ns;
    const std::int64_t late_ns = records[i].time_ns - brackets[i].after_ns;
    worst_ns = std::max({worst_ns, early_ns, late_ns});
  }
  EXPECT_LE(worst_ns, 10'000) << "outside of its bracket";
  for (std::size_t i = 1; i < records.size(); ++i) {
    ASSERT_GE(records[i].time_ns, records[i - 1].time_ns);
  }
}

}  // namespace
}  // namespace lathe
