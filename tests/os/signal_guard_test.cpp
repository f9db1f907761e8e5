// SPDX-License-Identifier: MIT

#include "os/signal_guard.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <cerrno>

namespace lathe {
namespace {

void raise_here(int signal) { ASSERT_EQ(::pthread_kill(::pthread_self(), signal), 0); }

bool is_pending(int signal) {
  sigset_t pending;
  return ::sigpending(&pending) == 0 && ::sigismember(&pending, signal) == 1;
}

bool is_blocked(int signal) {
  sigset_t blocked;
  return ::pthread_sigmask(SIG_BLOCK, nullptr, &blocked) == 0 &&
         ::sigismember(&blocked, signal) == 1;
}

TEST(SignalGuardTest, TakesBackWhatWasRaised) {
  {
    const SignalGuard guard(SIGXFSZ);
    raise_here(SIGXFSZ);
    EXPECT_TRUE(is_pending(SIGXFSZ));
  }
  EXPECT_FALSE(is_pending(SIGXFSZ));
  EXPECT_FALSE(is_blocked(SIGXFSZ));
}

TEST(SignalGuardTest, LeavesOtherSignalsAlone) {
  const SignalGuard guard(SIGXFSZ);

  EXPECT_TRUE(is_blocked(SIGXFSZ));
  EXPECT_FALSE(is_blocked(SIGPIPE));
}

TEST(SignalGuardTest, LeavesWhatWasBlockedAndPendingBefore) {
  const SignalGuard outer(SIGXFSZ);
  raise_here(SIGXFSZ);
  { const SignalGuard inner(SIGXFSZ); }
  EXPECT_TRUE(is_pending(SIGXFSZ));
  EXPECT_TRUE(is_blocked(SIGXFSZ));
}

TEST(SignalGuardTest, KeepsTheErrorOfTheGuardedCall) {
  errno = 0;
  {
    const SignalGuard guard(SIGXFSZ);
    errno = EFBIG;
  }
  EXPECT_EQ(errno, EFBIG);
}

}  // namespace
}  // namespace lathe
