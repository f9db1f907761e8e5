// SPDX-License-Identifier: MIT

#include "tools/monitor.hpp"

#include <unistd.h>

#include <string_view>

namespace lathe::tools {
namespace {

// To the start of the line, and erase to its end.
constexpr std::string_view kClearLine = "\r\x1b[K";

}  // namespace

Monitor::Monitor(int requests) : requests_(requests), is_terminal_(::isatty(STDERR_FILENO) == 1) {}

Monitor::~Monitor() { show({}); }

void Monitor::show(const std::string& line) {
  if (!is_terminal_) {
    return;
  }
  const std::string text = std::string(kClearLine) + line;
  [[maybe_unused]] const ssize_t count = ::write(STDERR_FILENO, text.data(), text.size());
}

bool Monitor::is_stopped() {
  // Any signal that a Supervisor passes on is a request to stop: there is nothing to rotate. The
  // pipe never makes us wait.
  char request = 0;
  while (::read(requests_, &request, 1) == 1) {
    stopped_ = true;
  }
  return stopped_;
}

}  // namespace lathe::tools
