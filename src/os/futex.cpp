// SPDX-License-Identifier: MIT
//
// futex(2), which the C library has no wrapper for.

#include "os/futex.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <climits>

#include "os/clock.hpp"

namespace lathe {
namespace {

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

// Longest timeout that is passed on; arbitrary, far below where adding it to now overflows.
constexpr std::chrono::nanoseconds kTimeoutMax = std::chrono::hours(24 * 365);

const std::uint32_t* address_of(const std::atomic<std::uint32_t>& word) noexcept {
  return reinterpret_cast<const std::uint32_t*>(&word);
}

// The moment `timeout` from now on CLOCK_MONOTONIC. An absolute deadline survives EINTR.
timespec deadline_after(std::chrono::nanoseconds timeout) noexcept {
  if (timeout < std::chrono::nanoseconds::zero()) timeout = std::chrono::nanoseconds::zero();
  if (timeout > kTimeoutMax) timeout = kTimeoutMax;
  timespec now{};
  [[maybe_unused]] const int result = ::clock_gettime(CLOCK_MONOTONIC, &now);
  assert(result == 0);
  const std::int64_t nanoseconds = now.tv_nsec + timeout.count();
  timespec deadline{};
  deadline.tv_sec = now.tv_sec + nanoseconds / kNsPerSecond;
  deadline.tv_nsec = nanoseconds % kNsPerSecond;
  return deadline;
}

unsigned wake(const std::atomic<std::uint32_t>& word, int count_max) noexcept {
  const long woken =
      ::syscall(SYS_futex, address_of(word), FUTEX_WAKE_PRIVATE, count_max, nullptr, nullptr, 0);
  assert(woken >= 0);  // EFAULT and EINVAL only: not with a reference to a live word
  return woken > 0 ? static_cast<unsigned>(woken) : 0;
}

}  // namespace

FutexResult futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
                       std::optional<std::chrono::nanoseconds> timeout) noexcept {
  timespec deadline{};
  if (timeout) deadline = deadline_after(*timeout);
  for (;;) {
    // WAIT_BITSET is the form that takes an absolute deadline on the monotonic clock.
    const long result = ::syscall(SYS_futex, address_of(word), FUTEX_WAIT_BITSET_PRIVATE, expected,
                                  timeout ? &deadline : nullptr, nullptr, FUTEX_BITSET_MATCH_ANY);
    if (result == 0) return FutexResult::woken;
    if (errno == EAGAIN) return FutexResult::woken;  // the word already differs
    if (errno == ETIMEDOUT) return FutexResult::timed_out;
    if (errno == EINTR) continue;
    assert(false && "futex_wait: bad address or argument");
    return FutexResult::woken;  // the caller looks at the word again
  }
}

unsigned futex_wake_one(const std::atomic<std::uint32_t>& word) noexcept { return wake(word, 1); }

unsigned futex_wake_all(const std::atomic<std::uint32_t>& word) noexcept {
  return wake(word, INT_MAX);
}

}  // namespace lathe
