// SPDX-License-Identifier: MIT
//
// Waiting on a 32-bit word of this process, and waking those who wait.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace lathe {

enum class FutexResult : std::uint8_t {
  woken,      // woken, or the word already differed, or for no reason: look at the word again
  timed_out,  // the whole timeout has passed
};

// Sleeps while `word` equals `expected`, until a wake or until `timeout` has passed. Without a
// timeout it waits for ever; a timeout of zero or less only compares. A signal handler that runs
// meanwhile does not end the wait and does not lengthen the timeout.
//
// The kernel compares and falls asleep in one step, so a wake between the caller's last look and
// this call is not missed. It orders nothing else: use acquire and release on `word`.
//
// Threads:   thread-safe; threads of one process only (private futex)
// Tested by: FutexTest
FutexResult futex_wait(const std::atomic<std::uint32_t>& word, std::uint32_t expected,
                       std::optional<std::chrono::nanoseconds> timeout = std::nullopt) noexcept;

// Wakes one waiter, or all. Returns how many were woken. Async-signal-safe.
unsigned futex_wake_one(const std::atomic<std::uint32_t>& word) noexcept;
unsigned futex_wake_all(const std::atomic<std::uint32_t>& word) noexcept;

}  // namespace lathe
