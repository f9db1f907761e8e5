// SPDX-License-Identifier: MIT
//
// RecordBuffer: finished lines on their way to a file, and where each of them ends.

#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace lathe {

// Lines in one block, taken from its front in pieces of any size:
//
//      | written | rest of a record | record | record | room ... |
//      0         front()                              end        capacity
//
// Usage: room(), render there, commit(); then front() and consume() until is_empty().
//
// Threads:   thread-compatible
// Errors:    grow() and commit() may throw std::bad_alloc, and have changed nothing then
// Cost:      room() and commit() are a few instructions; memory is kept, up to kBlockBytes
// Tested by: RecordBufferTest
class RecordBuffer {
 public:
  // What one write(2) gets. Larger blocks gained nothing in the measurements of design.md; this
  // one stays in the L2 cache.
  static constexpr std::size_t kBlockBytes = 256 * 1024;

  RecordBuffer();

  // Where to put up to `bytes` more, or null if that many do not fit; see grow().
  [[nodiscard]] char* room(std::size_t bytes) const noexcept {
    return capacity_ - end_ >= bytes ? block_.get() + end_ : nullptr;
  }

  // Makes room for `bytes` more and returns it. The block shrinks back once it is empty.
  [[nodiscard]] char* grow(std::size_t bytes);

  // One record lies between the room() and `record_end`.
  void commit(const char* record_end) {
    const auto end = static_cast<std::size_t>(record_end - block_.get());
    if (end == end_) return;  // an empty line without a line end is not there at all
    ends_.push_back(end);
    end_ = end;
  }

  [[nodiscard]] bool is_empty() const noexcept { return begin_ == end_; }
  [[nodiscard]] std::size_t size_bytes() const noexcept { return end_ - begin_; }

  // Records that are not consumed to their last byte.
  [[nodiscard]] std::size_t records() const noexcept { return ends_.size() - first_; }

  // True if the front is the rest of a record whose beginning was consumed.
  [[nodiscard]] bool is_mid_record() const noexcept;

  // Bytes from the front to the end of the index-th record, index below records().
  [[nodiscard]] std::size_t bytes_through(std::size_t index) const noexcept {
    return ends_[first_ + index] - begin_;
  }

  // The first `bytes` bytes that are not consumed.
  [[nodiscard]] std::string_view front(std::size_t bytes) const noexcept {
    return {block_.get() + begin_, bytes};
  }

  void consume(std::size_t bytes) noexcept;

  // Gives up all records but one that was begun, and returns how many.
  std::size_t discard_whole_records() noexcept;

  // Gives up everything, and returns how many records were not consumed to their last byte.
  std::size_t discard_all() noexcept;

 private:
  void reset() noexcept;

  std::unique_ptr<char[]> block_;
  std::size_t capacity_ = kBlockBytes;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::vector<std::size_t> ends_;  // offset behind each record; ascending
  std::size_t first_ = 0;          // in ends_: the first record that is not consumed
};

}  // namespace lathe
