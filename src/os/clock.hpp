// SPDX-License-Identifier: MIT
//
// Clock: the second seam. Everything in lathe that asks for the time asks here, so tests own it.

#pragma once

#include <cstdint>

#include <lathe/stamp_counter.hpp>

namespace lathe {

inline constexpr std::int64_t kNsPerSecond = 1'000'000'000;

// Three readings, all in whole numbers.
//
// Threads:   thread-safe
// Cost:      wall_ns and steady_ns are vDSO calls (20 to 40 ns); stamp is one instruction where the
//            time stamp counter is invariant
// Tested by: ClockTest
class Clock {
 public:
  virtual ~Clock() = default;

  // Nanoseconds since 1970-01-01 UTC. May jump either way.
  [[nodiscard]] virtual std::int64_t wall_ns() const noexcept = 0;

  // Nanoseconds since some start. Never goes back; all time-outs and intervals use it.
  [[nodiscard]] virtual std::int64_t steady_ns() const noexcept = 0;

  // Ticks, as producers stamp records: the time stamp counter where it is invariant, else
  // steady_ns(). Same rate on all CPUs; its rate against wall_ns is found by StampCalibration.
  [[nodiscard]] virtual std::uint64_t stamp() const noexcept = 0;
};

// The kernel's clocks.
[[nodiscard]] const Clock& system_clock() noexcept;

// True where stamp() of system_clock() is the time stamp counter: the CPU says that it is
// invariant and the kernel itself uses it as its clock source.
[[nodiscard]] bool stamp_counter_usable() noexcept;

}  // namespace lathe
