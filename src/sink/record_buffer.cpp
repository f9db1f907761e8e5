// SPDX-License-Identifier: MIT

#include "sink/record_buffer.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace lathe {
namespace {

// Records in a block of short lines; arbitrary, saves the first few reallocations.
constexpr std::size_t kRecordsExpected = RecordBuffer::kBlockBytes / 64;

}  // namespace

RecordBuffer::RecordBuffer() : block_(std::make_unique_for_overwrite<char[]>(kBlockBytes)) {
  ends_.reserve(kRecordsExpected);
}

char* RecordBuffer::grow(std::size_t bytes) {
  const std::size_t capacity = std::max(2 * capacity_, end_ + bytes);
  auto block = std::make_unique_for_overwrite<char[]>(capacity);
  std::memcpy(block.get(), block_.get(), end_);
  block_ = std::move(block);
  capacity_ = capacity;
  return block_.get() + end_;
}

bool RecordBuffer::is_mid_record() const noexcept {
  const std::size_t front_begin = first_ == 0 ? 0 : ends_[first_ - 1];
  return begin_ > front_begin;
}

void RecordBuffer::consume(std::size_t bytes) noexcept {
  assert(bytes <= size_bytes());
  begin_ += bytes;
  if (is_empty()) {
    reset();
    return;
  }
  const auto next = ends_.begin() + static_cast<std::ptrdiff_t>(first_);
  first_ = static_cast<std::size_t>(std::upper_bound(next, ends_.end(), begin_) - ends_.begin());
}

std::size_t RecordBuffer::discard_whole_records() noexcept {
  if (!is_mid_record()) return discard_all();
  const std::size_t discarded = records() - 1;
  ends_.resize(first_ + 1);
  end_ = ends_.back();
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
  ends_.clear();
  if (capacity_ == kBlockBytes) return;
  try {
    block_ = std::make_unique_for_overwrite<char[]>(kBlockBytes);
    capacity_ = kBlockBytes;
  } catch (const std::bad_alloc&) {
    // Keep the large block, then; the next reset tries again.
  }
}

}  // namespace lathe
