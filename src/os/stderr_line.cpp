// SPDX-License-Identifier: MIT

#include "os/stderr_line.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

namespace lathe {

void write_stderr_line(std::string_view line) noexcept {
  const char end = '\n';
  std::size_t done = 0;
  while (done <= line.size()) {
    // The kernel reads these, though iovec has no const.
    const std::array<iovec, 2> parts{
        iovec{const_cast<char*>(line.data()) + done, line.size() - done},  // NOLINT
        iovec{const_cast<char*>(&end), 1}};                                // NOLINT
    const ssize_t written = ::writev(STDERR_FILENO, parts.data(), static_cast<int>(parts.size()));
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      return;
    }
    done += static_cast<std::size_t>(written);
  }
}

}  // namespace lathe
