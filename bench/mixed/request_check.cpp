// SPDX-License-Identifier: MIT

#include "request_check.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <stdexcept>
#include <string_view>

#include "line_reader.hpp"
#include "request_log.hpp"

namespace lathe::bench {
namespace {

// What a line must be behind its time and thread: "2026-11-22 13:50:33.123456 [17] ".
class RequestLines {
 public:
  explicit RequestLines(const std::string& path) : path_(path), reader_(path) {}

  void expect(std::string_view want) {
    std::string_view line;
    if (!reader_.next(line)) {
      fail("it ends here, and there should follow", want);
    }
    constexpr std::size_t kTimeBytes = std::string_view("2026-11-22 13:50:33.123456 [").size();
    const std::size_t head_end = line.find("] ");
    if (head_end == std::string_view::npos || head_end < kTimeBytes ||
        line[kTimeBytes - 1] != '[' || line.substr(head_end + 2) != want) {
      fail(fmt::format("'{}' should be", line), want);
    }
  }

  void expect_end() {
    std::string_view line;
    if (reader_.next(line)) {
      throw std::runtime_error(
          fmt::format("{}, line {}: '{}' is too much", path_, reader_.lines(), line));
    }
  }

 private:
  [[noreturn]] void fail(std::string_view what, std::string_view want) const {
    throw std::runtime_error(
        fmt::format("{}, line {}: {} '{}'", path_, reader_.lines(), what, want));
  }

  std::string path_;
  LineReader reader_;
};

}  // namespace

void check_log(const std::string& path, const Handler& handler,
               std::span<const std::uint64_t> hashes) {
  RequestLines check(path);
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
