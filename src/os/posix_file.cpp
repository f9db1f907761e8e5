// SPDX-License-Identifier: MIT
//
// Open files by system call. Each errno becomes an error_code; EINTR is repeated where it means
// "nothing happened yet".

#include "os/posix_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <limits>
#include <mutex>
#include <optional>
#include <utility>

#include "os/clock.hpp"

namespace lathe {
namespace {

// NONBLOCK only matters until we know that it is a regular file: a pipe would make open wait.
constexpr int kOpenFlags = O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;

constexpr mode_t kAllPermissions = 07777;
constexpr auto kOffsetMax = static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());

FileKind kind_of(mode_t mode) noexcept {
  if (S_ISREG(mode)) return FileKind::regular;
  if (S_ISDIR(mode)) return FileKind::directory;
  if (S_ISLNK(mode)) return FileKind::symlink;
  if (S_ISFIFO(mode)) return FileKind::fifo;
  return FileKind::other;
}

StatusResult status_of(const Descriptor& descriptor) noexcept {
  struct stat found {};
  if (::fstat(descriptor.number(), &found) != 0) return {.error = last_error()};
  return {.status = to_status(found)};
}

// Within what 64 bits hold: until the year 2262, which a time stamp on a disk may well exceed.
std::int64_t to_ns(const timespec& time) noexcept {
  std::int64_t ns = 0;
  if (__builtin_mul_overflow(static_cast<std::int64_t>(time.tv_sec), kNsPerSecond, &ns) ||
      __builtin_add_overflow(ns, static_cast<std::int64_t>(time.tv_nsec), &ns)) {
    return time.tv_sec < 0 ? INT64_MIN : INT64_MAX;
  }
  return ns;
}

class PosixFile final : public File {
 public:
  explicit PosixFile(Descriptor descriptor) noexcept : descriptor_(std::move(descriptor)) {}

  [[nodiscard]] WriteResult write(std::string_view bytes) override {
    for (;;) {
      const ssize_t written = ::write(descriptor_.number(), bytes.data(), bytes.size());
      if (written >= 0) return {.written_bytes = static_cast<std::size_t>(written)};
      if (errno != EINTR) return {.error = last_error()};
    }
  }

  [[nodiscard]] std::error_code sync_data() override {
    const std::lock_guard<std::mutex> turn(mutex_);
    if (last_sync_ && *last_sync_) return *last_sync_;  // the first failure sticks
    if (!descriptor_.is_open()) {
      return last_sync_.value_or(std::make_error_code(std::errc::bad_file_descriptor));
    }
    int result = 0;
    do {
      result = ::fdatasync(descriptor_.number());
    } while (result != 0 && errno == EINTR);
    last_sync_ = result == 0 ? std::error_code{} : last_error();
    return *last_sync_;
  }

  [[nodiscard]] StatusResult status() override { return status_of(descriptor_); }

  [[nodiscard]] int descriptor() const noexcept override { return descriptor_.number(); }

  [[nodiscard]] std::error_code close() override {
    const std::lock_guard<std::mutex> turn(mutex_);
    return descriptor_.close();
  }

  void forget() noexcept override {
    const std::lock_guard<std::mutex> turn(mutex_);
    (void)descriptor_.release();
    last_sync_ = std::make_error_code(std::errc::bad_file_descriptor);
  }

  [[nodiscard]] std::error_code preallocate(std::uint64_t bytes) override {
    if (bytes == 0) return {};
    if (bytes > kOffsetMax) return std::make_error_code(std::errc::file_too_large);
    const auto length = static_cast<off_t>(bytes);
    int result = 0;
    do {
      result = ::fallocate(descriptor_.number(), FALLOC_FL_KEEP_SIZE, 0, length);
    } while (result != 0 && errno == EINTR);
    if (result == 0) return {};
    if (errno == EOPNOTSUPP || errno == ENOSYS) {
      return std::make_error_code(std::errc::not_supported);
    }
    return last_error();
  }

  [[nodiscard]] std::error_code release_preallocated() override {
    const StatusResult found = status();
    if (found.error) return found.error;
    // The same size again: file systems free what lies beyond it.
    const auto size = static_cast<off_t>(found.status.size_bytes);
    int result = 0;
    do {
      result = ::ftruncate(descriptor_.number(), size);
    } while (result != 0 && errno == EINTR);
    if (result != 0) return last_error();
    return {};
  }

  [[nodiscard]] std::error_code adopt_attributes(const FileStatus& other) override;

 private:
  std::mutex mutex_;  // sync_data and close take turns
  Descriptor descriptor_;
  std::optional<std::error_code> last_sync_;  // guarded by mutex_
};

// Gives the file to `user` and `group`, or to one of the two, or to none. Returns the permissions
// of `other` that then do not open the file to anybody whom `other` keeps out.
mode_t adopt_owner(const Descriptor& file, const FileStatus& own,
                   const FileStatus& other) noexcept {
  constexpr auto kSame = static_cast<uid_t>(-1);
  const mode_t wanted = other.permissions & kAllPermissions;
  if (own.user == other.user && own.group == other.group) return wanted;
  if (::fchown(file.number(), other.user, other.group) == 0) return wanted;
  const mode_t plain = wanted & ~static_cast<mode_t>(S_ISUID | S_ISGID);
  // A group that we are in may be given without the right to give files away.
  if (own.group == other.group || ::fchown(file.number(), kSame, other.group) == 0) return plain;
  // Another group: it gets what everybody gets.
  const mode_t everybody = (plain & S_IRWXO) << 3;
  return plain & (~static_cast<mode_t>(S_IRWXG) | everybody);
}

// The owner comes first, since a change of owner clears permissions, and the time last.
std::error_code PosixFile::adopt_attributes(const FileStatus& other) {
  const StatusResult own = status();
  if (own.error) return own.error;
  const mode_t permissions = adopt_owner(descriptor_, own.status, other);
  if (::fchmod(descriptor_.number(), permissions) != 0) return last_error();
  std::int64_t seconds = other.modified_ns / kNsPerSecond;
  std::int64_t rest_ns = other.modified_ns % kNsPerSecond;
  if (rest_ns < 0) {
    --seconds;
    rest_ns += kNsPerSecond;
  }
  const std::array<timespec, 2> times{
      timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
      timespec{.tv_sec = seconds, .tv_nsec = rest_ns},
  };
  if (::futimens(descriptor_.number(), times.data()) != 0) return last_error();
  return {};
}

class PosixSource final : public SourceFile {
 public:
  explicit PosixSource(Descriptor descriptor) noexcept : descriptor_(std::move(descriptor)) {}

  [[nodiscard]] ReadResult read(std::span<char> out) override {
    for (;;) {
      const ssize_t length = ::read(descriptor_.number(), out.data(), out.size());
      if (length >= 0) return {.read_bytes = static_cast<std::size_t>(length)};
      if (errno != EINTR) return {.error = last_error()};
    }
  }

  [[nodiscard]] std::error_code skip_to(std::uint64_t offset) override {
    if (offset > kOffsetMax) return std::make_error_code(std::errc::value_too_large);
    if (::lseek(descriptor_.number(), static_cast<off_t>(offset), SEEK_SET) < 0) {
      return last_error();
    }
    return {};
  }

  [[nodiscard]] StatusResult status() override { return status_of(descriptor_); }

 private:
  Descriptor descriptor_;
};

}  // namespace

FileStatus to_status(const struct stat& from) noexcept {
  return {.kind = kind_of(from.st_mode),
          .size_bytes = static_cast<std::uint64_t>(from.st_size),
          .device = from.st_dev,
          .inode = from.st_ino,
          .links = from.st_nlink,
          .modified_ns = to_ns(from.st_mtim),
          .permissions = from.st_mode & kAllPermissions,
          .user = from.st_uid,
          .group = from.st_gid};
}

std::error_code open_regular(const Descriptor& directory, const std::string& name, int flags,
                             unsigned permissions, Descriptor& out) noexcept {
  int number = -1;
  do {
    number = ::openat(directory.number(), name.c_str(), flags | kOpenFlags, permissions);
  } while (number < 0 && errno == EINTR);
  if (number < 0) return last_error();
  Descriptor opened(number);
  const StatusResult found = status_of(opened);
  if (found.error) return found.error;
  if (found.status.kind != FileKind::regular) {
    return std::make_error_code(std::errc::invalid_argument);
  }
  out = std::move(opened);
  return {};
}

std::unique_ptr<File> make_posix_file(Descriptor descriptor) {
  return std::make_unique<PosixFile>(std::move(descriptor));
}

std::unique_ptr<SourceFile> make_posix_source(Descriptor descriptor) {
  return std::make_unique<PosixSource>(std::move(descriptor));
}

}  // namespace lathe
