// SPDX-License-Identifier: MIT

#include "queue/durable_waits.hpp"

#include "queue/producer.hpp"
#include "queue/thread_state.hpp"

namespace lathe {

std::error_code DurableWaits::wait(WakeSignal& signal) noexcept {
  std::unique_lock lock(mutex_);
  Waiter self{.ticket = ++last_ticket_, .next = waiters_};
  if (is_closed_) {
    self.error = closing_error_;
  } else {
    waiters_ = &self;
    has_asked_.store(true, std::memory_order_release);  // R:G
    signal.wake();
    answered_.wait(lock, [&] { return self.is_answered; });
  }
  if (self.error) {
    errors_.fetch_add(1, std::memory_order_relaxed);  // statistics
  }
  return self.error;
}

std::uint64_t DurableWaits::take() noexcept {
  const std::lock_guard lock(mutex_);
  has_asked_.store(false, std::memory_order_release);  // R:G (we hold the mutex)
  return last_ticket_;
}

void DurableWaits::answer(std::uint64_t through, std::error_code error) noexcept {
  const std::lock_guard lock(mutex_);
  answer_locked(through, error);
}

void DurableWaits::close(std::error_code error) noexcept {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  closing_error_ = error;
  answer_locked(last_ticket_, error);
}

// The lock is held while they are woken: once it is let go, they and their threads may be gone.
void DurableWaits::answer_locked(std::uint64_t through, std::error_code error) noexcept {
  Waiter** link = &waiters_;
  while (*link != nullptr) {
    Waiter& waiter = **link;
    if (waiter.ticket > through) {
      link = &waiter.next;
      continue;
    }
    *link = waiter.next;
    waiter.error = error;
    waiter.is_answered = true;
  }
  answered_.notify_all();
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
