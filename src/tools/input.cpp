// SPDX-License-Identifier: MIT

#include "tools/input.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace lathe::tools {
namespace {

[[noreturn]] void throw_input_error() {
  throw std::system_error(errno, std::generic_category(), "standard input");
}

// Bytes that can be read without waiting. A regular file has none: what is not read of it is not
// lost, and it may be endless.
std::size_t waiting_bytes(int data) {
  struct stat status {};
  int count = 0;
  if (::fstat(data, &status) != 0 || S_ISREG(status.st_mode) ||
      ::ioctl(data, FIONREAD, &count) != 0) {
    return 0;
  }
  return static_cast<std::size_t>(std::max(count, 0));
}

bool is_readable(int descriptor) {
  pollfd watched{descriptor, POLLIN, 0};
  return ::poll(&watched, 1, 0) > 0;
}

}  // namespace

std::optional<Request> Input::wait() {
  pollfd watched[] = {{data_, POLLIN, 0}, {requests_, POLLIN, 0}};
  while (::poll(watched, std::size(watched), -1) < 0) {
    if (errno != EINTR) {
      throw_input_error();
    }
  }
  return (watched[1].revents & POLLIN) != 0 ? take_request() : std::nullopt;
}

std::optional<Request> Input::take_request() {
  Request request{};
  return ::read(requests_, &request, 1) == 1 ? std::optional(request) : std::nullopt;
}

bool Input::is_stopped() {
  while (!left_ && is_readable(requests_)) {
    if (take_request() == Request::stop) left_ = 0;
  }
  return left_.has_value();
}

Arrival Input::next(std::span<char> room) {
  for (;;) {
    if (!left_) {
      if (const std::optional<Request> request = wait()) {
        if (*request == Request::rotate) {
          return {Event::rotate, 0};
        }
        left_ = waiting_bytes(data_);
      }
    }
    const std::size_t wanted = std::min(room.size(), left_.value_or(room.size()));
    // A stopped input never waits: somebody else may have read the pipe meanwhile.
    if (wanted == 0 || (left_ && !is_readable(data_))) {
      return {Event::end, 0};
    }
    const ssize_t count = ::read(data_, room.data(), wanted);
    if (count > 0) {
      if (left_) {
        *left_ -= static_cast<std::size_t>(count);
      }
      return {Event::bytes, static_cast<std::size_t>(count)};
    }
    if (count == 0) {
      return {Event::end, 0};
    }
    if (errno != EINTR && errno != EAGAIN) {
      throw_input_error();
    }
  }
}

}  // namespace lathe::tools
