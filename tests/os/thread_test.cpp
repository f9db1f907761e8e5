// SPDX-License-Identifier: MIT

#include "os/thread.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <functional>
#include <thread>

namespace lathe {
namespace {

// Thread settings are tried on a thread that ends with the test.
void on_thread(const std::function<void()>& work) { std::thread(work).join(); }

TEST(ThreadTest, OrdersWithAllThreadsAnyNumberOfTimes) {
  for (int i = 0; i < 3; ++i) order_with_all_threads();
}

TEST(ThreadTest, HasAnIdOfItsOwn) {
  EXPECT_EQ(current_process_id(), static_cast<std::uint32_t>(::getpid()));
  const std::uint32_t ours = current_thread_id();
  on_thread([&] { EXPECT_NE(current_thread_id(), ours); });
}

TEST(ThreadTest, KeepsFifteenBytesOfItsName) {
  on_thread([] {
    EXPECT_FALSE(set_thread_name("lathe-io"));
    EXPECT_EQ(current_thread_name(), "lathe-io");
    EXPECT_FALSE(set_thread_name("0123456789abcdefgh"));
    EXPECT_EQ(current_thread_name(), "0123456789abcde");
  });
}

TEST(ThreadTest, RunsOnTheCpuItIsPinnedTo) {
  const int cpu = ::sched_getcpu();
  ASSERT_GE(cpu, 0);
  on_thread([&] {
    ASSERT_FALSE(pin_thread_to_cpu(static_cast<unsigned>(cpu)));
    EXPECT_EQ(::sched_getcpu(), cpu);
  });
}

TEST(ThreadTest, RefusesACpuThatIsNotThere) {
  on_thread([] {
    EXPECT_EQ(pin_thread_to_cpu(1023), std::errc::invalid_argument);
    EXPECT_EQ(pin_thread_to_cpu(1'000'000), std::errc::invalid_argument);
  });
}

TEST(ThreadTest, UsesTheCpusOfAnotherThread) {
  const CpuMask ours = current_cpus();
  const int cpu = ::sched_getcpu();
  ASSERT_GE(cpu, 0);
  on_thread([&] {
    ASSERT_FALSE(pin_thread_to_cpu(static_cast<unsigned>(cpu)));
    const CpuMask pinned = current_cpus();
    EXPECT_FALSE(use_cpus({}));
    EXPECT_EQ(current_cpus(), pinned);
    EXPECT_FALSE(use_cpus(ours));
    EXPECT_EQ(current_cpus(), ours);
  });
}

TEST(ThreadTest, BlocksAllSignalsButThoseOfItsOwnFaults) {
  on_thread([] {
    ASSERT_FALSE(block_signals());
    sigset_t blocked;
    ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, nullptr, &blocked), 0);
    for (const int number : {SIGTERM, SIGINT, SIGPIPE, SIGXFSZ, SIGUSR1, SIGALRM}) {
      EXPECT_EQ(::sigismember(&blocked, number), 1) << number;
    }
    for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT}) {
      EXPECT_EQ(::sigismember(&blocked, number), 0) << number;
    }
  });
}

TEST(ThreadTest, SetsItsTimerSlack) {
  on_thread([] {
    EXPECT_FALSE(set_timer_slack(std::chrono::nanoseconds(1)));
    EXPECT_EQ(::prctl(PR_GET_TIMERSLACK, 0UL, 0UL, 0UL, 0UL), 1);
    EXPECT_FALSE(set_timer_slack(std::chrono::nanoseconds(0)));
    EXPECT_EQ(::prctl(PR_GET_TIMERSLACK, 0UL, 0UL, 0UL, 0UL), 1);
  });
}

TEST(ThreadTest, LowersThePriorityOfOneThreadOnly) {
  const int before = ::getpriority(PRIO_PROCESS, 0);
  on_thread([] {
    EXPECT_FALSE(lower_thread_priority());
    const int lowered = ::getpriority(PRIO_PROCESS, 0);
    EXPECT_GE(lowered, 10);
    EXPECT_FALSE(lower_thread_priority());
    EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), lowered);
  });
  EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), before);
}

TEST(ThreadTest, NeverRaisesThePriorityOfOneThatIsLower) {
  on_thread([] {
    ASSERT_EQ(::setpriority(PRIO_PROCESS, current_thread_id(), 19), 0);
    EXPECT_FALSE(lower_thread_priority());
    EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), 19);
  });
}

// The numbers of <linux/ioprio.h>, which newer kernels have made one for C alone.
TEST(ThreadTest, LowersTheIoPriorityOfOneThreadOnly) {
  constexpr int kWhoProcess = 1;
  constexpr long kBestEffort = 2L << 13U;
  const auto io_priority = [] { return ::syscall(SYS_ioprio_get, kWhoProcess, 0); };
  const long before = io_priority();
  on_thread([&] {
    EXPECT_FALSE(lower_io_priority());
    EXPECT_EQ(io_priority(), kBestEffort | 7);
  });
  EXPECT_EQ(io_priority(), before);
}

}  // namespace
}  // namespace lathe
