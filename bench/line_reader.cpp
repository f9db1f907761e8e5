// SPDX-License-Identifier: MIT

#include "line_reader.hpp"

#include <fmt/format.h>

#include <stdexcept>

namespace lathe::bench {

LineReader::LineReader(const std::string& path)
    : path_(path), file_(std::fopen(path.c_str(), "r"), &std::fclose) {
  if (!file_) {
    throw std::runtime_error("cannot read " + path);
  }
}

bool LineReader::next(std::string_view& line) {
  if (std::fgets(buffer_.data(), static_cast<int>(buffer_.size()), file_.get()) == nullptr) {
    if (std::ferror(file_.get()) != 0) {
      throw std::runtime_error("cannot read " + path_);
    }
    return false;
  }
  line = buffer_.data();
  ++lines_;
  if (!line.ends_with('\n')) {
    throw std::runtime_error(fmt::format("{}, line {}: torn line: '{}'", path_, lines_, line));
  }
  bytes_ += line.size();
  line.remove_suffix(1);
  return true;
}

}  // namespace lathe::bench
