// SPDX-License-Identifier: MIT

#include "queue/durable_waits.hpp"

#include "os/futex.hpp"
#include "queue/producer.hpp"
#include "queue/thread_state.hpp"

namespace lathe {

std::error_code DurableWaits::wait(WakeSignal& signal) noexcept {
  Waiter self{.ticket = 0, .next = nullptr};
  {
    const std::lock_guard lock(mutex_);
    self.ticket = ++last_ticket_;
    if (is_closed_) {
      self.error = closing_error_;
      self.is_answered.store(true, std::memory_order_relaxed);  // our own
    } else {
      self.next = waiters_;
      waiters_ = &self;
      has_asked_.store(true, std::memory_order_release);  // R:G
      if (last_ticket_ - taken_ticket_ >= expected_) signal.wake();
    }
  }
  for (;;) {
    // First the number, then the answer: one that comes in between has changed the number.
    const std::uint32_t seen = answers_.load(std::memory_order_acquire);  // A:V
    if (self.is_answered.load(std::memory_order_acquire)) break;          // A:V
    (void)futex_wait(answers_, seen);
  }
  if (self.error) {
    errors_.fetch_add(1, std::memory_order_relaxed);  // statistics
  }
  return self.error;
}

std::uint64_t DurableWaits::asked() noexcept {
  const std::lock_guard lock(mutex_);
  return last_ticket_ - taken_ticket_;
}

std::uint64_t DurableWaits::take() noexcept {
  const std::lock_guard lock(mutex_);
  has_asked_.store(false, std::memory_order_release);  // R:G (we hold the mutex)
  taken_ticket_ = last_ticket_;
  return last_ticket_;
}

void DurableWaits::expect(std::uint64_t tickets) noexcept {
  const std::lock_guard lock(mutex_);
  expected_ = tickets;
}

DurableWaits::Counts DurableWaits::answer(std::uint64_t through, std::error_code error) noexcept {
  const std::lock_guard lock(mutex_);
  return answer_locked(through, error);
}

void DurableWaits::close(std::error_code error) noexcept {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  closing_error_ = error;
  (void)answer_locked(last_ticket_, error);
}

// A waiter may be gone as soon as it is answered.
DurableWaits::Counts DurableWaits::answer_locked(std::uint64_t through,
                                                 std::error_code error) noexcept {
  Counts counts{0, 0};
  Waiter** link = &waiters_;
  while (*link != nullptr) {
    Waiter& waiter = **link;
    if (waiter.ticket > through) {
      ++counts.waiting;
      link = &waiter.next;
      continue;
    }
    ++counts.answered;
    *link = waiter.next;
    waiter.error = error;
    waiter.is_answered.store(true, std::memory_order_release);  // R:V
  }
  answers_.fetch_add(1, std::memory_order_release);  // R:V
  if (counts.answered != 0) futex_wake_all(answers_);
  return counts;
}

void Producer::push_and_wait(std::byte* record, std::size_t stride_bytes) noexcept {
  const std::uint64_t before = accepted();
  push(record, stride_bytes);
  std::error_code error = std::make_error_code(std::errc::no_buffer_space);  // it was refused
  if (accepted() != before) {
    // Who does a backend's work would wait for itself.
    error = works_for_backend() ? std::make_error_code(std::errc::resource_deadlock_would_occur)
                                : shared_->waits.wait(shared_->signal);
  }
  note_wait_error(error);
}

}  // namespace lathe
