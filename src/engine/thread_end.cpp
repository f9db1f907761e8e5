// SPDX-License-Identifier: MIT

#include "engine/thread_end.hpp"

#include <algorithm>

namespace lathe {

namespace {

// How often progress is looked at. Arbitrary: small against any time-out, and nothing to a CPU.
constexpr std::chrono::nanoseconds kSlice = std::chrono::milliseconds(20);

}  // namespace

// The lock is held while the waiter is woken: once it is let go, we may be gone.
void ThreadEnd::note_end() noexcept {
  const std::lock_guard lock(mutex_);
  has_ended_ = true;
  changed_.notify_all();
}

bool ThreadEnd::wait(std::chrono::nanoseconds quiet_max,
                     const std::function<std::uint64_t()>& progress) {
  std::unique_lock lock(mutex_);
  std::uint64_t seen = progress();
  std::chrono::nanoseconds left = quiet_max;
  while (!has_ended_ && left.count() > 0) {
    const std::chrono::nanoseconds slice = std::min(left, kSlice);
    if (changed_.wait_for(lock, slice, [this] { return has_ended_; })) break;
    const std::uint64_t now = progress();
    left = now != seen ? quiet_max : left - slice;
    seen = now;
  }
  return has_ended_;
}

}  // namespace lathe
