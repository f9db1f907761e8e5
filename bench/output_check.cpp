// SPDX-License-Identifier: MIT
//
// Reads back what a throughput run wrote: a run whose output is wrong has no time.

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "contender.hpp"

namespace lathe::bench {
namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

// Lines of a file, one after another.
class LineReader {
 public:
  explicit LineReader(const std::string& path)
      : file_(std::fopen(path.c_str(), "r"), &std::fclose) {
    if (!file_) {
      throw std::runtime_error("cannot read " + path);
    }
  }

  // Returns false at the end. A last line without a line end counts as torn.
  bool next(std::string_view& line) {
    if (std::fgets(buffer_.data(), static_cast<int>(buffer_.size()), file_.get()) == nullptr) {
      return false;
    }
    line = buffer_.data();
    if (!line.ends_with('\n')) {
      throw std::runtime_error(fmt::format("torn line: '{}'", line));
    }
    bytes_ += line.size();
    line.remove_suffix(1);
    return true;
  }

  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  File file_;
  std::vector<char> buffer_ = std::vector<char>(4096);
  std::uint64_t bytes_ = 0;
};

// The backups, oldest first, and the file itself. Of one second: no number, .1, ... .9, .10.
std::vector<std::string> files_of(const std::string& path) {
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

}  // namespace

Report throughput_report(std::chrono::nanoseconds duration, const std::string& path,
                         const RunOptions& options) {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  std::string want;
  for (const std::string& file : files_of(path)) {
    LineReader reader(file);
    for (std::string_view line; reader.next(line); ++count) {
      want.clear();
      fmt::format_to(std::back_inserter(want), FMT_COMPILE("Iteration: {} int: {} double: {}"),
                     count, count * 2, static_cast<double>(count) / 2);
      if (!line.ends_with(want)) {
        throw std::runtime_error(fmt::format("line {} is '{}'", count + 1, line));
      }
    }
    bytes += reader.bytes();
  }
  if (count != options.records) {
    throw std::runtime_error(fmt::format("{} lines instead of {}", count, options.records));
  }
  return {std::chrono::duration<double>(duration).count(), static_cast<double>(bytes),
          static_cast<double>(count)};
}

}  // namespace lathe::bench
