// SPDX-License-Identifier: MIT
//
// FakeClock: time that passes when a test says so.

#pragma once

#include <chrono>
#include <cstdint>

#include "os/clock.hpp"

namespace lathe {

// Threads: thread-compatible
class FakeClock final : public Clock {
 public:
  // 2026-11-22 13:50:33 UTC, the time of the examples in the documentation.
  static constexpr std::int64_t kStartSeconds = 1'795'355'433;

  [[nodiscard]] std::int64_t wall_ns() const noexcept override { return wall_ns_; }
  [[nodiscard]] std::int64_t steady_ns() const noexcept override { return steady_ns_; }
  [[nodiscard]] std::uint64_t stamp() const noexcept override { return stamp_; }

  // All three pass together; one tick is one nanosecond.
  void advance(std::chrono::nanoseconds time) noexcept {
    wall_ns_ += time.count();
    steady_ns_ += time.count();
    stamp_ += static_cast<std::uint64_t>(time.count());
  }

  // Somebody sets the wall clock; the others do not notice.
  void set_wall_ns(std::int64_t wall_ns) noexcept { wall_ns_ = wall_ns; }
  void set_stamp(std::uint64_t stamp) noexcept { stamp_ = stamp; }

 private:
  std::int64_t wall_ns_ = kStartSeconds * 1'000'000'000;
  std::int64_t steady_ns_ = 1'000'000'000;
  std::uint64_t stamp_ = 1'000'000'000;
};

}  // namespace lathe
