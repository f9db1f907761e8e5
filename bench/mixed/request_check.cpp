// SPDX-License-Identifier: MIT

#include "request_check.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <fstream>
#include <stdexcept>
#include <string_view>

#include "request_log.hpp"

namespace lathe::bench {
namespace {

// What a line must be behind its time and thread: "2026-11-22 13:50:33.123456 [17] ".
class LineCheck {
 public:
  explicit LineCheck(const std::string& path) : path_(path), file_(path, std::ios::binary) {
    if (!file_) {
      throw std::runtime_error(path + ": cannot be read");
    }
  }

  void expect(std::string_view want) {
    ++number_;
    // A last line without a line end is torn.
    if (!std::getline(file_, line_) || file_.eof()) {
      fail("it ends here, and there should be", want);
    }
    constexpr std::size_t kTimeBytes = std::string_view("2026-11-22 13:50:33.123456 [").size();
    const std::size_t head_end = line_.find("] ");
    if (head_end == std::string::npos || head_end < kTimeBytes || line_[kTimeBytes - 1] != '[' ||
        std::string_view(line_).substr(head_end + 2) != want) {
      fail(fmt::format("'{}' should be", line_), want);
    }
  }

  void expect_end() {
    ++number_;
    if (std::getline(file_, line_) || !line_.empty()) {
      throw std::runtime_error(fmt::format("{}, line {}: '{}' is too much", path_, number_, line_));
    }
  }

 private:
  [[noreturn]] void fail(std::string_view what, std::string_view want) const {
    throw std::runtime_error(fmt::format("{}, line {}: {} '{}'", path_, number_, what, want));
  }

  std::string path_;
  std::ifstream file_;
  std::string line_;
  std::uint64_t number_ = 0;
};

}  // namespace

void check_log(const std::string& path, const Handler& handler,
               std::span<const std::uint64_t> hashes) {
  LineCheck check(path);
  fmt::memory_buffer want;
  const auto expect = [&](std::string_view level, const auto& format, const auto&... arguments) {
    want.clear();
    fmt::format_to(fmt::appender(want), FMT_COMPILE("{:<8} "), level);
    fmt::format_to(fmt::appender(want), format, arguments...);
    check.expect({want.data(), want.size()});
  };
  for (std::uint64_t number = 0; number < hashes.size(); ++number) {
    const std::string text = head_text(number);
    const RequestHead head = parse_head(text).value();
    expect("info", FMT_COMPILE(kReceived), number, head.path, head.user);
    expect("info", FMT_COMPILE(kFound), number, head.user, handler.order_of(head.user));
    expect(is_error(number) ? "error" : "info", FMT_COMPILE(kAnswered), number, hashes[number]);
  }
  check.expect_end();
}

}  // namespace lathe::bench
