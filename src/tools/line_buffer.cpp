// SPDX-License-Identifier: MIT

#include "tools/line_buffer.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace lathe::tools {
namespace {

// Measured: reads of 64 KiB to 256 KiB are equally fast; larger ones leave the L2 cache.
constexpr std::size_t kReadBytes = std::size_t{256} * 1024;
// Two reads, so that a line which crosses the end of one is moved every other time only.
constexpr std::size_t kFirstCapacity = 2 * kReadBytes;

}  // namespace

LineBuffer::LineBuffer(std::size_t line_bytes_max)
    : line_bytes_max_(line_bytes_max),
      capacity_(kFirstCapacity),
      bytes_(std::make_unique_for_overwrite<char[]>(capacity_)) {
  assert(line_bytes_max > 0);
}

std::span<char> LineBuffer::room() {
  if (capacity_ - end_ < kReadBytes) {
    const std::size_t kept = end_ - begin_;
    if (kept + kReadBytes > capacity_) {
      capacity_ *= 2;
      auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
      std::memcpy(larger.get(), bytes_.get() + begin_, kept);
      bytes_ = std::move(larger);
    } else {
      std::memmove(bytes_.get(), bytes_.get() + begin_, kept);
    }
    searched_ -= begin_;
    begin_ = 0;
    end_ = kept;
  }
  return {bytes_.get() + end_, kReadBytes};
}

std::string_view LineBuffer::next_line() {
  const char* const from = bytes_.get() + searched_;
  const auto* const line_end = static_cast<const char*>(std::memchr(from, '\n', end_ - searched_));
  if (line_end == nullptr) {
    searched_ = end_;
    return end_ - begin_ >= line_bytes_max_ ? take(line_bytes_max_) : std::string_view{};
  }
  const auto line_bytes = static_cast<std::size_t>(line_end + 1 - (bytes_.get() + begin_));
  return take(std::min(line_bytes, line_bytes_max_));
}

std::string_view LineBuffer::next_lines(std::size_t bytes_max) {
  // A line that was searched before is a long one: nothing to bundle it with.
  if (searched_ == begin_) {
    const char* const from = bytes_.get() + begin_;
    const std::size_t window = std::min({bytes_max, line_bytes_max_, end_ - begin_});
    const auto* const last_end = static_cast<const char*>(::memrchr(from, '\n', window));
    if (last_end != nullptr) {
      return take(static_cast<std::size_t>(last_end + 1 - from));
    }
    searched_ += window;
  }
  return next_line();
}

std::string_view LineBuffer::take_rest() { return take(end_ - begin_); }

std::string_view LineBuffer::take(std::size_t bytes) {
  const std::string_view taken{bytes_.get() + begin_, bytes};
  begin_ += bytes;
  searched_ = std::max(searched_, begin_);
  if (begin_ == end_) {
    begin_ = searched_ = end_ = 0;
  }
  return taken;
}

}  // namespace lathe::tools
