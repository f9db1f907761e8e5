// SPDX-License-Identifier: MIT
//
// RecordBuffer: finished lines on their way to a file, and where each of them ends.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "core/file_journal.hpp"

namespace lathe {

// Lines in one block, taken from its front in pieces of any size:
//
//      | written | rest of a record | record | record | room ... |
//      0         front()                              end        capacity
//
// Usage: room(), render there, commit(); then front() and consume() until is_empty().
//
// Threads:   thread-compatible
// Lifetime:  a block that is used must outlive it
// Errors:    grow() and commit() may throw std::bad_alloc, and have changed nothing then
// Cost:      room() and commit() are a few instructions; memory is kept, up to kBlockBytes
// Tested by: RecordBufferTest
class RecordBuffer {
 public:
  // What one write(2) gets.
  static constexpr std::size_t kBlockBytes = kJournalBlockBytes;

  RecordBuffer();

  // Lines go to this block (of kBlockBytes) from now on, or to our own again if it is empty. Only
  // while is_empty().
  void use_block(std::span<char> block) noexcept;

  // True if the lines lie in that block: there is one, and they have not outgrown it.
  [[nodiscard]] bool is_in_block() const noexcept {
    return !external_.empty() && data_ == external_.data();
  }

  // Where to put up to `bytes` more, or null if that many do not fit; see grow().
  [[nodiscard]] char* room(std::size_t bytes) const noexcept {
    return capacity_ - end_ >= bytes ? data_ + end_ : nullptr;
  }

  // Makes room for `bytes` more and returns it. The block shrinks back once it is empty.
  [[nodiscard]] char* grow(std::size_t bytes);

  // One record lies between the room() and `record_end`. `mark` is the caller's: see position_at;
  // without one, it has that of the line before it.
  void commit(const char* record_end, std::uint32_t mark) {
    const auto end = static_cast<std::size_t>(record_end - data_);
    if (end == end_) return;  // an empty line without a line end is not there at all
    lines_.push_back({.end = end, .mark = mark});
    end_ = end;
  }

  void commit(const char* record_end) {
    commit(record_end, lines_.empty() ? consumed_mark_ : lines_.back().mark);
  }
  [[nodiscard]] std::uint32_t mark_of(std::size_t index) const noexcept {
    return lines_[first_ + index].mark;
  }

  // What position_at() says before any further line is consumed; lines that are there already have
  // this mark from now on, too.
  void set_first_mark(std::uint32_t mark) noexcept;

  // How far the lines are, `bytes` behind the front: the mark of the last whole one before there,
  // and the bytes of the next, if that has a mark of its own.
  struct Position {
    std::uint32_t mark;
    std::uint32_t partial_bytes;
  };
  [[nodiscard]] Position position_at(std::size_t bytes) const noexcept;

  [[nodiscard]] bool is_empty() const noexcept { return begin_ == end_; }
  [[nodiscard]] std::size_t size_bytes() const noexcept { return end_ - begin_; }

  // Records that are not consumed to their last byte.
  [[nodiscard]] std::size_t records() const noexcept { return lines_.size() - first_; }

  // True if the front is the rest of a record whose beginning was consumed.
  [[nodiscard]] bool is_mid_record() const noexcept;

  // Bytes from the front to the end of the index-th record, index below records().
  [[nodiscard]] std::size_t bytes_through(std::size_t index) const noexcept {
    return lines_[first_ + index].end - begin_;
  }

  // The first `bytes` bytes that are not consumed.
  [[nodiscard]] std::string_view front(std::size_t bytes) const noexcept {
    return {data_ + begin_, bytes};
  }

  void consume(std::size_t bytes) noexcept;

  // Gives up all records but one that was begun, and returns how many.
  std::size_t discard_whole_records() noexcept;

  // Gives up everything, and returns how many records were not consumed to their last byte.
  std::size_t discard_all() noexcept;

 private:
  struct Line {
    std::size_t end;  // offset behind it
    std::uint32_t mark;
  };

  [[nodiscard]] char* base() const noexcept {
    return external_.empty() ? own_.get() : external_.data();
  }
  void reset() noexcept;

  std::unique_ptr<char[]> own_;  // kBlockBytes
  std::span<char> external_;     // in its place, if not empty
  std::unique_ptr<char[]> grown_;
  char* data_;  // base() or grown_
  std::size_t capacity_ = kBlockBytes;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::vector<Line> lines_;  // ascending
  std::size_t first_ = 0;    // in lines_: the first that is not consumed
  std::uint32_t consumed_mark_ = 0;
};

}  // namespace lathe
