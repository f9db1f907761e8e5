// SPDX-License-Identifier: MIT

#include "core/drain_gate.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace lathe {
namespace {

TEST(DrainGateTest, SaysWhetherSomebodyIsInside) {
  DrainGate gate;
  EXPECT_FALSE(gate.is_inside());
  {
    const GateScope scope(&gate);
    EXPECT_TRUE(gate.is_inside());
    const GatePause pause(&gate);
    EXPECT_FALSE(gate.is_inside());
  }
  EXPECT_FALSE(gate.is_inside());
}

// In a child, whose thread can be left where it is.
TEST(DrainGateTest, LetsNobodyInOnceItIsTakenAndNobodyIsInside) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    static DrainGate gate;
    static std::atomic<int> changes{0};
    std::thread([] {
      for (;;) {
        const GateScope scope(&gate);
        changes.fetch_add(1, std::memory_order_relaxed);
        changes.fetch_add(1, std::memory_order_relaxed);
      }
    }).detach();
    while (changes.load(std::memory_order_relaxed) < 1000) std::this_thread::yield();
    gate.take();
    while (gate.is_inside()) std::this_thread::yield();
    const int before = changes.load(std::memory_order_relaxed);
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    ::_exit(before % 2 == 0 && before == changes.load(std::memory_order_relaxed) ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace lathe
