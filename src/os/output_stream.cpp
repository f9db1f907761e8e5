// SPDX-License-Identifier: MIT

#include "os/output_stream.hpp"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdint>

#include "os/descriptor.hpp"
#include "os/signal_guard.hpp"

namespace lathe {
namespace {

class DescriptorStream final : public OutputStream {
 public:
  explicit DescriptorStream(int descriptor) noexcept
      : descriptor_(descriptor), bytes_at_once_(find_bytes_at_once(descriptor)) {}

  // A blocking pipe or terminal that nobody reads would hold the caller for ever: ask first, and
  // write no more than what then goes through without waiting.
  [[nodiscard]] WriteResult write(std::string_view bytes) override {
    if (bytes_at_once_ != SIZE_MAX && wait_writable(std::chrono::milliseconds(0))) {
      return {.error = std::make_error_code(std::errc::resource_unavailable_try_again)};
    }
    const SignalGuard guard(SIGPIPE);
    for (;;) {
      const ssize_t written =
          ::write(descriptor_, bytes.data(), std::min(bytes.size(), bytes_at_once_));
      if (written >= 0) return {.written_bytes = static_cast<std::size_t>(written)};
      if (errno != EINTR) return {.error = last_error()};
    }
  }

  [[nodiscard]] std::error_code wait_writable(std::chrono::milliseconds timeout) override {
    pollfd entry{.fd = descriptor_, .events = POLLOUT, .revents = 0};
    const auto wait = std::clamp<std::int64_t>(timeout.count(), 0, INT_MAX);
    const int ready = ::poll(&entry, 1, static_cast<int>(wait));
    if (ready > 0) return {};                    // or an error, which the next write tells
    if (ready < 0 && errno == EINTR) return {};  // as good as ready: the next write tells
    if (ready < 0) return last_error();
    return std::make_error_code(std::errc::timed_out);
  }

  [[nodiscard]] bool is_terminal() const override { return ::isatty(descriptor_) == 1; }

 private:
  // poll promises room for PIPE_BUF bytes in a pipe, and for a few in a terminal.
  [[nodiscard]] static std::size_t find_bytes_at_once(int descriptor) noexcept {
    constexpr std::size_t kTerminalBytes = 256;
    struct stat status {};
    if (::fstat(descriptor, &status) != 0 || S_ISREG(status.st_mode)) {
      return SIZE_MAX;  // a file does not wait for readers; a bad descriptor is told by write
    }
    return ::isatty(descriptor) == 1 ? kTerminalBytes : PIPE_BUF;
  }

  int descriptor_;
  std::size_t bytes_at_once_;
};

}  // namespace

std::unique_ptr<OutputStream> make_output_stream(int descriptor) {
  return std::make_unique<DescriptorStream>(descriptor);
}

std::unique_ptr<OutputStream> standard_output() { return make_output_stream(STDOUT_FILENO); }

std::unique_ptr<OutputStream> standard_error() { return make_output_stream(STDERR_FILENO); }

}  // namespace lathe
