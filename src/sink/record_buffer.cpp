// SPDX-License-Identifier: MIT

#include "sink/record_buffer.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <iterator>
#include <utility>

namespace lathe {
namespace {

// Records in a block of short lines; arbitrary, saves the first few reallocations.
constexpr std::size_t kRecordsExpected = RecordBuffer::kBlockBytes / 64;

}  // namespace

RecordBuffer::RecordBuffer()
    : own_(std::make_unique_for_overwrite<char[]>(kBlockBytes)), data_(own_.get()) {
  lines_.reserve(kRecordsExpected);
}

void RecordBuffer::use_block(std::span<char> block) noexcept {
  assert(is_empty() && (block.empty() || block.size() == kBlockBytes));
  external_ = block;
  reset();
}

char* RecordBuffer::grow(std::size_t bytes) {
  const std::size_t capacity = std::max(2 * capacity_, end_ + bytes);
  auto block = std::make_unique_for_overwrite<char[]>(capacity);
  std::memcpy(block.get(), data_, end_);
  grown_ = std::move(block);
  data_ = grown_.get();
  capacity_ = capacity;
  return data_ + end_;
}

bool RecordBuffer::is_mid_record() const noexcept {
  const std::size_t front_begin = first_ == 0 ? 0 : lines_[first_ - 1].end;
  return begin_ > front_begin;
}

void RecordBuffer::set_first_mark(std::uint32_t mark) noexcept {
  consumed_mark_ = mark;
  for (Line& line : lines_) line.mark = mark;
}

RecordBuffer::Position RecordBuffer::position_at(std::size_t bytes) const noexcept {
  const std::size_t at = begin_ + bytes;
  const auto next =
      std::upper_bound(lines_.begin(), lines_.end(), at,
                       [](std::size_t offset, const Line& line) { return offset < line.end; });
  const bool is_first = next == lines_.begin();
  const std::size_t line_begin = is_first ? 0 : std::prev(next)->end;
  const std::uint32_t mark = is_first ? consumed_mark_ : std::prev(next)->mark;
  const bool is_marked = next != lines_.end() && next->mark != mark;
  return {.mark = mark,
          .partial_bytes = is_marked ? static_cast<std::uint32_t>(at - line_begin) : 0};
}

void RecordBuffer::consume(std::size_t bytes) noexcept {
  assert(bytes <= size_bytes());
  begin_ += bytes;
  if (is_empty()) {
    if (!lines_.empty()) consumed_mark_ = lines_.back().mark;
    reset();
    return;
  }
  const auto next =
      std::upper_bound(lines_.begin() + static_cast<std::ptrdiff_t>(first_), lines_.end(), begin_,
                       [](std::size_t offset, const Line& line) { return offset < line.end; });
  first_ = static_cast<std::size_t>(next - lines_.begin());
}

std::size_t RecordBuffer::discard_whole_records() noexcept {
  if (!is_mid_record()) return discard_all();
  const std::size_t discarded = records() - 1;
  lines_.erase(lines_.begin() + static_cast<std::ptrdiff_t>(first_) + 1, lines_.end());
  end_ = lines_.back().end;
  return discarded;
}

std::size_t RecordBuffer::discard_all() noexcept {
  const std::size_t discarded = records();
  reset();
  return discarded;
}

void RecordBuffer::reset() noexcept {
  begin_ = 0;
  end_ = 0;
  first_ = 0;
  lines_.clear();
  grown_.reset();
  data_ = base();
  capacity_ = kBlockBytes;
}

}  // namespace lathe
