// SPDX-License-Identifier: MIT
//
// Lines of a file that a run wrote, for those who check them.

#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::bench {

// Errors: std::runtime_error with the path: it cannot be read, or a line is torn: a last one
//         without a line end, or one that is longer than any that is written here (4 KiB)
class LineReader {
 public:
  explicit LineReader(const std::string& path);

  // Without its line end; holds until the next call. Returns false at the end.
  bool next(std::string_view& line);

  [[nodiscard]] std::uint64_t lines() const { return lines_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  std::string path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
  std::vector<char> buffer_ = std::vector<char>(4096);
  std::uint64_t lines_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace lathe::bench
