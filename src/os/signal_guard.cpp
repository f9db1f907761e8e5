// SPDX-License-Identifier: MIT

#include "os/signal_guard.hpp"

#include <signal.h>
#include <time.h>

#include <cerrno>

namespace lathe {
namespace {

// Empty if there is no such signal.
sigset_t only(int signal) noexcept {
  sigset_t set{};
  if (::sigemptyset(&set) == 0) (void)::sigaddset(&set, signal);  // fails for bad numbers only
  return set;
}

}  // namespace

SignalGuard::SignalGuard(int signal) noexcept : signal_(signal) {
  const sigset_t set = only(signal);
  sigset_t before;
  sigset_t pending;
  if (::pthread_sigmask(SIG_BLOCK, &set, &before) != 0) return;
  is_ours_ = ::sigismember(&before, signal) == 0;
  was_pending_ = ::sigpending(&pending) == 0 && ::sigismember(&pending, signal) == 1;
}

SignalGuard::~SignalGuard() {
  if (!is_ours_) return;
  const int error = errno;  // of the call that was guarded
  const sigset_t set = only(signal_);
  const timespec now{};
  while (!was_pending_ && ::sigtimedwait(&set, nullptr, &now) < 0 && errno == EINTR) {
  }
  (void)::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);  // fails for bad arguments only
  errno = error;
}

}  // namespace lathe
