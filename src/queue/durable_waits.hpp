// SPDX-License-Identifier: MIT
//
// DurableWaits: log calls that wait until their records are on the device, and their answers.

#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <system_error>

#include "queue/signal.hpp"

namespace lathe {

// Each call draws a ticket after its record is in the queue. The backend takes all tickets that are
// out as one group, and answers the group after one sync; it says how many calls are worth a
// wake-up (see CommitGroup).
//
// Edges: G  ticket drawn  R: wait()           A: has_asked(); the mutex carries the rest: a record
//                                             that was pushed before is seen after take()
//        V  answer        R: answer_locked()  A: wait()
//
// Threads:   wait: any but a backend's own; has_asked, take, answer: the backend thread; close: any
// Lifetime:  outlives the backend as long as a thread refers to it, see QueueShared
// Cost:      a mutex and a sleep, from which all of a group are woken by one system call; no
//            allocation
// Tested by: WaitLevelTest
class DurableWaits {
 public:
  // Waits for the answer; at once errc::operation_canceled after close().
  [[nodiscard]] std::error_code wait(WakeSignal& signal) noexcept;

  // True if a ticket was drawn since the last take(). One load.
  [[nodiscard]] bool has_asked() const noexcept {
    return has_asked_.load(std::memory_order_acquire);  // A:G
  }

  // Tickets that were drawn since the last take().
  [[nodiscard]] std::uint64_t asked() noexcept;

  // The last ticket that was drawn.
  [[nodiscard]] std::uint64_t take() noexcept;

  // Fewer tickets than this wake nobody: the backend looks by itself, in time.
  static constexpr std::uint64_t kNobodyWakes = UINT64_MAX;
  void expect(std::uint64_t tickets) noexcept;

  // Answers all tickets up to `through`, but those that are answered already.
  struct Counts {
    std::uint64_t answered;
    std::uint64_t waiting;  // those after them
  };
  Counts answer(std::uint64_t through, std::error_code error) noexcept;

  // The same for all, those to come included.
  void close(std::error_code error) noexcept;

  // Calls that were answered with an error. Relaxed: statistics.
  [[nodiscard]] std::uint64_t errors() const noexcept {
    return errors_.load(std::memory_order_relaxed);  // statistics
  }

 private:
  // On the stack of the thread that waits.
  struct Waiter {
    std::uint64_t ticket;
    Waiter* next;
    std::error_code error = {};             // written before is_answered
    std::atomic<bool> is_answered = false;  // edge V; nobody touches the waiter after it is set
  };

  Counts answer_locked(std::uint64_t through, std::error_code error) noexcept;

  std::mutex mutex_;
  // Guarded by mutex_.
  Waiter* waiters_ = nullptr;  // not answered yet; youngest first
  std::uint64_t last_ticket_ = 0;
  std::uint64_t taken_ticket_ = 0;
  std::uint64_t expected_ = 1;
  bool is_closed_ = false;
  std::error_code closing_error_;

  std::atomic<bool> has_asked_{false};  // edge G
  // Changes with every answer: what waiters sleep on. Edge V, too: who sees the change sees the
  // answer.
  std::atomic<std::uint32_t> answers_{0};
  std::atomic<std::uint64_t> errors_{0};
};

}  // namespace lathe
