// SPDX-License-Identifier: MIT

#include "output_check.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include "contender.hpp"
#include "line_reader.hpp"

namespace lathe::bench {
namespace {

// Holds lines, one after another, against the messages they should end with.
class LineCheck {
 public:
  void check(std::string_view line) {
    want_.clear();
    fmt::format_to(std::back_inserter(want_), FMT_COMPILE("Iteration: {} int: {} double: {}"),
                   count_, count_ * 2, static_cast<double>(count_) / 2);
    const bool is_right = line.ends_with(want_);
    const std::size_t before = line.size() - (is_right ? want_.size() : 0);
    if (count_ == 0) {
      before_ = before;
    }
    ++count_;
    if (!is_right || before != before_) {
      throw std::runtime_error(fmt::format("line {} is '{}'", count_, line));
    }
  }

  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  std::string want_;
  std::size_t before_ = 0;  // of the message: time, thread and level are as long in every line
  std::uint64_t count_ = 0;
};

}  // namespace

// Of one second: no number, .1, ... .9, .10.
std::vector<std::string> lathe_files(const std::string& path) {
  const std::filesystem::path active(path);
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(active.parent_path())) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(active.filename().string() + ".")) {
      files.push_back(entry.path().string());
    }
  }
  std::sort(files.begin(), files.end());
  const std::size_t stamp_end = path.size() + std::string_view(".20261122_135033").size();
  std::sort(files.begin(), files.end(), [&](const std::string& a, const std::string& b) {
    const int stamps = a.compare(0, stamp_end, b, 0, stamp_end);
    if (stamps != 0) {
      return stamps < 0;
    }
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  });
  files.push_back(path);
  return files;
}

std::uint64_t check_output(const Output& output, std::uint64_t records) {
  LineCheck lines;
  std::uint64_t bytes = 0;
  for (const std::string& file : output.files) {
    LineReader reader(file);
    std::uint64_t number = 0;
    for (std::string_view line; reader.next(line); ++number) {
      if (number >= output.header_lines) {
        lines.check(line);
      }
    }
    bytes += reader.bytes();
  }
  if (lines.count() != records) {
    throw std::runtime_error(fmt::format("{} lines instead of {}", lines.count(), records));
  }
  return bytes;
}

Report throughput_report(std::chrono::nanoseconds duration, const std::string& path,
                         const RunOptions& options) {
  const std::uint64_t bytes = check_output({.files = lathe_files(path)}, options.records);
  return {std::chrono::duration<double>(duration).count(), static_cast<double>(bytes),
          static_cast<double>(options.records)};
}

}  // namespace lathe::bench
