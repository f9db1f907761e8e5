// SPDX-License-Identifier: MIT
//
// Bytes -> lines. Pure: does not read, does not know where bytes come from or lines go to.

#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace lathe::tools {

// A growing buffer that is filled at one end and emptied line by line at the other. No byte is
// searched twice, and none is copied unless the line it belongs to reaches the buffer's end.
//
// Threads:   thread-compatible
// Lifetime:  a line is valid until the next call of room()
// Tested by: LineBufferTest
class LineBuffer {
 public:
  // Lines longer than `line_bytes_max` come in pieces of that length.
  explicit LineBuffer(std::size_t line_bytes_max);

  // Where to put the next bytes; never empty while next_line() and next_lines() are called until
  // they return nothing.
  [[nodiscard]] std::span<char> room();
  void fill(std::size_t bytes) { end_ += bytes; }

  // The next line with its line end; or a piece of a line that is too long; or nothing, if there
  // is no whole line.
  [[nodiscard]] std::string_view next_line();

  // As many whole lines as fit into `bytes_max`, but at least one, if there is one.
  [[nodiscard]] std::string_view next_lines(std::size_t bytes_max);

  // What is left when no line is whole: the last line, without a line end.
  [[nodiscard]] std::string_view take_rest();

 private:
  [[nodiscard]] std::string_view take(std::size_t bytes);

  std::size_t line_bytes_max_;
  std::size_t capacity_;
  std::unique_ptr<char[]> bytes_;
  std::size_t begin_ = 0;     // of the first line that was not taken
  std::size_t searched_ = 0;  // no line end from begin_ to here
  std::size_t end_ = 0;       // of what was filled
};

}  // namespace lathe::tools
