// SPDX-License-Identifier: MIT

#include "os/crash_calls.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "os/clock.hpp"

namespace lathe {

ErrnoKeeper::ErrnoKeeper() noexcept : kept_(errno) {}
ErrnoKeeper::~ErrnoKeeper() { errno = kept_; }

std::int64_t monotonic_ns() noexcept {
  timespec now{};
  if (::clock_gettime(CLOCK_MONOTONIC, &now) != 0) return 0;  // cannot fail on Linux
  return now.tv_sec * kNsPerSecond + now.tv_nsec;
}

void pause_for(std::chrono::nanoseconds time) noexcept {
  const timespec length{time.count() / kNsPerSecond, time.count() % kNsPerSecond};
  (void)::nanosleep(&length, nullptr);  // cut short by a signal: the caller looks again
}

bool comes_again(const siginfo_t& info) noexcept {
  if (info.si_code <= 0) return false;  // sent by kill, raise, abort, ...
  if (info.si_signo == SIGBUS) return info.si_code != BUS_MCEERR_AO;  // tells of another's error
  return info.si_signo == SIGSEGV || info.si_signo == SIGFPE || info.si_signo == SIGILL;
}

void send_again(int signal, const siginfo_t& info) noexcept {
  // Blocked until the return from the handler brings back the mask from before: so it finds the
  // thread where the first one did.
  sigset_t only;
  if (::sigemptyset(&only) == 0 && ::sigaddset(&only, signal) == 0) {
    (void)::pthread_sigmask(SIG_BLOCK, &only, nullptr);  // fails for no valid set
  }
  siginfo_t copy = info;
  const auto process = ::getpid();
  const auto thread = ::syscall(SYS_gettid);
  if (::syscall(SYS_rt_tgsigqueueinfo, process, thread, signal, &copy) == 0) return;
  // No memory for one more, or refused by a filter of system calls: without the siginfo, then.
  (void)::syscall(SYS_tgkill, process, thread, signal);  // nothing else is left to try
}

std::optional<RawFile> look_at_file(int descriptor) noexcept {
  struct stat found {};
  if (::fstat(descriptor, &found) != 0 || !S_ISREG(found.st_mode)) return std::nullopt;
  return RawFile{.device = found.st_dev,
                 .inode = found.st_ino,
                 .size_bytes = static_cast<std::uint64_t>(found.st_size)};
}

std::optional<bool> holds(int descriptor, std::uint64_t offset, std::string_view bytes) noexcept {
  if (bytes.empty()) return true;
  // Ours is for writing alone. The kernel's link to it works whatever its name is by now.
  std::array<char, 32> path{"/proc/self/fd/"};
  std::array<char, 12> digits{};
  std::size_t count = 0;
  for (unsigned left = static_cast<unsigned>(descriptor); count == 0 || left != 0; left /= 10) {
    digits[count++] = static_cast<char>('0' + left % 10);
  }
  std::reverse_copy(digits.begin(), digits.begin() + count,
                    path.begin() + std::string_view(path.data()).size());
  const int file = ::open(path.data(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return std::nullopt;
  std::array<char, 4096> read_bytes;
  bool is_equal = true;
  bool is_read = true;
  while (is_equal && is_read && !bytes.empty()) {
    const std::size_t size = std::min(bytes.size(), read_bytes.size());
    const ssize_t count_read = ::pread(file, read_bytes.data(), size, static_cast<off_t>(offset));
    if (count_read < 0 && errno == EINTR) continue;
    is_read = count_read >= 0;
    const auto got = static_cast<std::size_t>(std::max<ssize_t>(count_read, 0));
    is_equal = got != 0 && bytes.substr(0, got) == std::string_view(read_bytes.data(), got);
    bytes.remove_prefix(got);
    offset += got;
  }
  (void)::close(file);  // was only read
  return is_read ? std::optional(is_equal) : std::nullopt;
}

std::size_t write_some(int descriptor, std::string_view bytes) noexcept {
  for (;;) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written >= 0) return static_cast<std::size_t>(written);
    if (errno != EINTR) return 0;
  }
}

}  // namespace lathe
