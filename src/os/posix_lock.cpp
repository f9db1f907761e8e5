// SPDX-License-Identifier: MIT
//
// Locks by flock(2).

#include "os/posix_file.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <utility>

#include "os/signal_guard.hpp"

namespace lathe {
namespace {

// Longest process number in a lock file, in bytes: ten digits and a line end, with room to spare.
constexpr std::size_t kOwnerTextBytesMax = 16;

// errc::device_or_resource_busy if it is held elsewhere and `operation` says not to wait.
std::error_code flock_of(const Descriptor& file, int operation) noexcept {
  int result = 0;
  do {
    result = ::flock(file.number(), operation);
  } while (result != 0 && errno == EINTR);
  if (result == 0) return {};
  if (errno == EWOULDBLOCK) return std::make_error_code(std::errc::device_or_resource_busy);
  return last_error();
}

class PosixLockFile final : public LockFile {
 public:
  explicit PosixLockFile(Descriptor descriptor) noexcept : descriptor_(std::move(descriptor)) {}

  [[nodiscard]] std::error_code acquire(bool wait) override {
    // flock has no deadline. Writers take turns of microseconds, so the first pauses are short.
    constexpr std::int64_t kPauseNsMin = 50'000;
    constexpr std::int64_t kPauseNsMax = 2'000'000;
    std::int64_t pause_ns = kPauseNsMin;
    for (std::int64_t waited_ns = 0;; waited_ns += pause_ns) {
      const std::error_code error = flock_of(descriptor_, LOCK_EX | LOCK_NB);
      if (error != std::errc::device_or_resource_busy || !wait || waited_ns >= kLockWaitNs) {
        return error;
      }
      pause_ns = std::min(2 * pause_ns, kPauseNsMax);
      const timespec pause{.tv_sec = 0, .tv_nsec = pause_ns};
      (void)::nanosleep(&pause, nullptr);  // cut short by a signal: tried sooner
    }
  }

  void release() noexcept override { (void)flock_of(descriptor_, LOCK_UN); }

 private:
  Descriptor descriptor_;
};

// flock belongs to the open file, not to the process: closing another descriptor of the same file
// does not lose it, and the kernel gives it back when we die.
class PosixFileLock final : public FileLock {
 public:
  explicit PosixFileLock(Descriptor descriptor) noexcept : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;
};

std::uint32_t read_owner(const Descriptor& file) noexcept {
  std::array<char, kOwnerTextBytesMax> text{};
  const ssize_t length = ::pread(file.number(), text.data(), text.size(), 0);
  if (length <= 0) return 0;
  std::uint32_t process = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + length, process);
  return parsed.ec == std::errc{} ? process : 0;
}

// For people and for the message of the next process that tries. The lock holds without it, so a
// full disk does not keep a program from starting.
void write_owner(const Descriptor& file) noexcept {
  std::array<char, kOwnerTextBytesMax> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%ld\n", static_cast<long>(::getpid()));
  const auto size = static_cast<std::size_t>(length);
  const SignalGuard guard(SIGXFSZ);
  if (::ftruncate(file.number(), 0) != 0) return;                       // see above
  if (::pwrite(file.number(), text.data(), size, 0) != length) return;  // see above
}

}  // namespace

std::unique_ptr<LockFile> make_posix_lock_file(Descriptor descriptor) {
  return std::make_unique<PosixLockFile>(std::move(descriptor));
}

LockResult lock_at_once(Descriptor descriptor, LockKind kind) {
  const int operation = kind == LockKind::shared ? LOCK_SH : LOCK_EX;
  if (const auto error = flock_of(descriptor, operation | LOCK_NB)) {
    const bool is_busy = error == std::errc::device_or_resource_busy;
    return {.error = error, .owner_process = is_busy ? read_owner(descriptor) : 0};
  }
  // Among several holders no number is the right one, and one of an earlier owner is wrong.
  if (kind == LockKind::exclusive) {
    write_owner(descriptor);
  } else if (::ftruncate(descriptor.number(), 0) != 0) {
    return {.error = last_error()};
  }
  return {.lock = std::make_unique<PosixFileLock>(std::move(descriptor))};
}

}  // namespace lathe
