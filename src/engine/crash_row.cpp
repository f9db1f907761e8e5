// SPDX-License-Identifier: MIT

#include "engine/crash_row.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string_view>

#include "os/crash_calls.hpp"
#include "os/futex.hpp"
#include "os/stderr_line.hpp"

namespace lathe {
namespace {

constinit CrashRow row;

// Puts a line together without memory; what does not fit is left out.
class Line {
 public:
  void add(std::string_view text) noexcept {
    const std::size_t bytes = std::min(text.size(), text_.size() - size_);
    std::copy_n(text.data(), bytes, text_.data() + size_);
    size_ += bytes;
  }
  void add(std::uint64_t number) noexcept {
    const fmt::format_int digits(number);
    add(std::string_view(digits.data(), digits.size()));
  }
  [[nodiscard]] std::string_view text() const noexcept { return {text_.data(), size_}; }

 private:
  std::array<char, 512> text_;
  std::size_t size_ = 0;
};

void tell(const CrashOutcome& outcome) noexcept {
  if (outcome.left == 0) return;
  Line line;
  line.add("lathe: at most ");
  line.add(outcome.left);
  if (outcome.spool_path == nullptr) {
    line.add(" records could not be written before the end of this process");
  } else {
    line.add(" records are left for the next start, in ");
    line.add(std::string_view(outcome.spool_path));
  }
  write_stderr_line(line.text());
}

}  // namespace

CrashRow& CrashRow::instance() noexcept { return row; }

void CrashRow::enter(CrashDrain& drain) noexcept {
  for (std::atomic<CrashDrain*>& entry : entries_) {
    CrashDrain* expected = nullptr;
    if (entry.compare_exchange_strong(expected, &drain, std::memory_order_acq_rel,  // R:H A:H
                                      std::memory_order_relaxed)) {  // it is taken: the next one
      return;
    }
  }
}

void CrashRow::leave(CrashDrain& drain) noexcept {
  for (std::atomic<CrashDrain*>& entry : entries_) {
    CrashDrain* expected = &drain;
    // Sequentially consistent, as are drain_all() and find(): we take it out, then look for a
    // handler; a handler says that it comes, then looks for entries. With less, both could miss the
    // other, and the handler would use what is gone.
    if (entry.compare_exchange_strong(expected, nullptr, std::memory_order_seq_cst)) break;
  }
  // The look that belongs to it, in the same order with the handler's exchange, for the reason that
  // is given above. A handler that is at work is waited for: it has a deadline, and the process
  // hardly outlives it.
  while (is_draining_.load(std::memory_order_seq_cst) != 0) {  // A:H
    (void)futex_wait(is_draining_, 1, std::chrono::milliseconds(10));
  }
}

CrashDrain* CrashRow::find(std::size_t index) noexcept {
  // Sequentially consistent with the exchange in leave(), after the one in drain_all(): see there.
  // A backend that is in a child of fork, but is its parent's, is none of ours, and is
  // left alone: its queues are the parent's memory, too.
  CrashDrain* const drain = entries_[index].load(std::memory_order_seq_cst);  // A:H
  return drain == nullptr || drain->is_inherited() ? nullptr : drain;
}

void CrashRow::drain_all(CrashScratch& scratch, std::int64_t until_ns) noexcept {
  // Sequentially consistent with leave(), for the reason that is given there: first we say that we
  // come, then we look for entries. An exchange, so that the loads of find() cannot
  // be seen before it.
  is_draining_.exchange(1, std::memory_order_seq_cst);  // R:H
  for (std::size_t i = 0; i < kSize; ++i) {
    if (CrashDrain* drain = find(i)) drain->ask();
  }
  const std::int64_t now_ns = monotonic_ns();
  const std::int64_t answer_until_ns = now_ns + (until_ns - now_ns) / 2;
  for (std::size_t i = 0; i < kSize; ++i) {
    CrashDrain* const drain = find(i);
    if (drain == nullptr || drain->wait_for_answer(answer_until_ns)) continue;
    tell(drain->take_over(scratch, until_ns));
  }
  end();
}

void CrashRow::end() noexcept {
  is_draining_.store(0, std::memory_order_release);  // R:H
  (void)futex_wake_all(is_draining_);
}

}  // namespace lathe
