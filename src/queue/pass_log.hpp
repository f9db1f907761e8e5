// SPDX-License-Identifier: MIT
//
// PassLog: the drain's notes, in a spool, of what it has taken out of the queues.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "os/spool_file.hpp"
#include "queue/spool_layout.hpp"

namespace lathe {

// A pass is what the drain takes out of the queues between two releases. Its records stay in their
// queues until all of it is written: then commit() says so in one store, before the queues are
// released one after another. So whoever finds the spool knows of every record whether it was
// written, wherever the process was killed; see SpoolReader.
//
// Threads: backend thread only, or a crash handler in its place
// Cost:    two stores for each record
// Tested by: RecoveryTest
class PassLog {
 public:
  PassLog() = default;  // keeps nothing; is_full() is never true
  explicit PassLog(SharedPages pages) noexcept
      : pages_(std::move(pages)),
        header_(reinterpret_cast<PassLogHeader*>(pages_.data())),
        entries_(reinterpret_cast<PassEntry*>(pages_.data() + sizeof(PassLogHeader))) {}

  // Goes on from what the memory says, whatever the thread was doing that used it before.
  void resume() noexcept {
    const std::uint64_t state = header_->state.load(std::memory_order_acquire);  // A:P
    pass_ = state / 2;
    count_ = header_->count.load(std::memory_order_acquire);  // A:P
    is_open_ = state != 0 && state % 2 == 0;
  }
  [[nodiscard]] bool is_open() const noexcept { return is_open_; }
  [[nodiscard]] std::span<const PassEntry> entries() const noexcept { return {entries_, count_}; }

  // Nothing is taken out of the queues, all of the last pass is released.
  void begin() noexcept {
    if (header_ == nullptr || is_open_) return;
    header_->count.store(0, std::memory_order_release);            // R:P before the new number
    header_->state.store(2 * ++pass_, std::memory_order_release);  // R:P
    count_ = 0;
    is_open_ = true;
  }

  void add(std::uint32_t chunk, std::uint32_t offset) noexcept {
    ++count_;
    if (header_ == nullptr) return;
    entries_[count_ - 1] = {chunk, offset};
    header_->count.store(count_, std::memory_order_release);  // R:P
  }

  // True if `more` entries fill it.
  [[nodiscard]] bool is_full(std::size_t more = 0) const noexcept {
    return count_ + more >= kPassEntriesMax && header_ != nullptr;
  }

  // All of it is written. A pass without records goes on instead.
  void commit() noexcept {
    if (header_ == nullptr) {
      count_ = 0;
      return;
    }
    if (count_ == 0) return;
    header_->state.store(2 * pass_ + 1, std::memory_order_release);  // R:P
    is_open_ = false;
  }

  [[nodiscard]] std::uint64_t pass() const noexcept { return pass_; }
  [[nodiscard]] std::uint32_t count() const noexcept { return static_cast<std::uint32_t>(count_); }

 private:
  SharedPages pages_;
  PassLogHeader* header_ = nullptr;
  PassEntry* entries_ = nullptr;
  std::uint64_t pass_ = 0;
  std::uint64_t count_ = 0;
  bool is_open_ = false;
};

}  // namespace lathe
