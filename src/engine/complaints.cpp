// SPDX-License-Identifier: MIT

#include "engine/complaints.hpp"

#include <fmt/format.h>

#include <utility>

#include "os/stderr_line.hpp"

namespace lathe {

void Complaints::tell(const std::string& message) {
  if (is_new(message)) {
    add(message);
    print(message);
  }
}

// A sink that fails to write lathe's own message tells of that with another message: without this
// the two would keep each other going for ever.
bool Complaints::is_new(const std::string& message) {
  const std::int64_t now_ns = clock_.steady_ns();
  std::erase_if(told_ns_, [&](const auto& told) { return now_ns - told.second >= kQuietNs; });
  return told_ns_.size() < kMessagesMax && told_ns_.emplace(message, now_ns).second;
}

void Complaints::tell_repeated(const std::string& message) {
  const std::int64_t now_ns = clock_.steady_ns();
  if (now_ns < next_repeat_ns_) {
    ++repeats_left_out_;
    return;
  }
  next_repeat_ns_ = now_ns + kQuietNs;
  const std::uint64_t left_out = std::exchange(repeats_left_out_, 0);
  tell(left_out == 0 ? message : fmt::format("{} (and {} more since)", message, left_out));
}

void Complaints::add(const std::string& message) {
  if (messages_.size() >= kMessagesMax) {
    ++messages_left_out_;
    return;
  }
  messages_.push_back(message);
}

void Complaints::print(const std::string& message) {
  const std::int64_t now_ns = clock_.steady_ns();
  if (now_ns < next_print_ns_) {
    return;
  }
  next_print_ns_ = now_ns + kQuietNs;
  write_stderr_line("lathe: " + message);
}

std::deque<std::string> Complaints::take() {
  const std::uint64_t left_out = std::exchange(messages_left_out_, 0);
  if (left_out != 0) {
    messages_.push_back(fmt::format("{} more messages of lathe were left out", left_out));
  }
  return std::exchange(messages_, {});
}

}  // namespace lathe
