// SPDX-License-Identifier: MIT
//
// Backoff: when to try again what has just failed.

#pragma once

#include <algorithm>
#include <cstdint>

namespace lathe {

// Waits 1 s after the first failure and twice as long after each more, up to a minute: soon enough
// for a disk that somebody is clearing, seldom enough not to be load itself. Steady nanoseconds.
//
// Threads:   thread-compatible
// Tested by: BackoffTest
class Backoff {
 public:
  static constexpr std::int64_t kDelayNsMin = 1'000'000'000;
  static constexpr std::int64_t kDelayNsMax = 60 * kDelayNsMin;

  // True if it may be tried at `now_ns`.
  [[nodiscard]] bool is_over(std::int64_t now_ns) const noexcept {
    return delay_ns_ == 0 || now_ns >= retry_at_ns_;
  }

  void fail(std::int64_t now_ns) noexcept {
    delay_ns_ = delay_ns_ == 0 ? kDelayNsMin : std::min(2 * delay_ns_, kDelayNsMax);
    retry_at_ns_ = now_ns + delay_ns_;
  }

  void succeed() noexcept { delay_ns_ = 0; }

  // From the last failure to the next try; 0 if nothing has failed.
  [[nodiscard]] std::int64_t delay_ns() const noexcept { return delay_ns_; }

 private:
  std::int64_t delay_ns_ = 0;
  std::int64_t retry_at_ns_ = 0;
};

}  // namespace lathe
