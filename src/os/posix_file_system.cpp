// SPDX-License-Identifier: MIT
//
// Files by system call, relative to a held directory. Each errno becomes an error_code; EINTR is
// repeated where it means "nothing happened yet".

#include "os/posix_file_system.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <mutex>
#include <optional>
#include <utility>

#include "os/descriptor.hpp"

namespace lathe {
namespace {

// NONBLOCK only matters until we know that it is a regular file: a pipe would make open wait.
constexpr int kOpenFlags = O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;

// Longest process number in a lock file, in bytes: ten digits and a line end, with room to spare.
constexpr std::size_t kOwnerTextBytesMax = 16;

FileKind kind_of(mode_t mode) noexcept {
  if (S_ISREG(mode)) return FileKind::regular;
  if (S_ISDIR(mode)) return FileKind::directory;
  if (S_ISLNK(mode)) return FileKind::symlink;
  if (S_ISFIFO(mode)) return FileKind::fifo;
  return FileKind::other;
}

FileStatus to_status(const struct stat& from) noexcept {
  return {.kind = kind_of(from.st_mode),
          .size_bytes = static_cast<std::uint64_t>(from.st_size),
          .device = from.st_dev,
          .inode = from.st_ino,
          .links = from.st_nlink};
}

StatusResult status_of(const Descriptor& descriptor) noexcept {
  struct stat found {};
  if (::fstat(descriptor.number(), &found) != 0) return {.error = last_error()};
  return {.status = to_status(found)};
}

// Opens relative to `directory` and refuses what is no regular file, with EINVAL where the kernel
// has not refused it already (ELOOP for a link, EISDIR, ENXIO for a pipe without a reader).
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

  [[nodiscard]] std::error_code close() override {
    const std::lock_guard<std::mutex> turn(mutex_);
    return descriptor_.close();
  }

 private:
  std::mutex mutex_;  // sync_data and close take turns
  Descriptor descriptor_;
  std::optional<std::error_code> last_sync_;  // guarded by mutex_
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
  if (::ftruncate(file.number(), 0) != 0) return;                       // see above
  if (::pwrite(file.number(), text.data(), size, 0) != length) return;  // see above
}

class PosixDirectory final : public Directory {
 public:
  explicit PosixDirectory(Descriptor descriptor) noexcept : descriptor_(std::move(descriptor)) {}

  [[nodiscard]] OpenResult open(const std::string& name, OpenMode mode,
                                unsigned permissions) override {
    const int exclusive = mode == OpenMode::create_new ? O_EXCL : 0;
    const int flags = O_WRONLY | O_APPEND | O_CREAT | exclusive;
    Descriptor file;
    if (const auto error = open_regular(descriptor_, name, flags, permissions, file)) {
      return {.error = error};
    }
    return {.file = std::make_unique<PosixFile>(std::move(file))};
  }

  [[nodiscard]] std::error_code rename_exclusive(const std::string& from,
                                                 const std::string& to) override {
    const int directory = descriptor_.number();
    if (::renameat2(directory, from.c_str(), directory, to.c_str(), RENAME_NOREPLACE) == 0) {
      return {};
    }
    if (errno != EINVAL && errno != ENOSYS) return last_error();
    // The file system does not know the flag. A second name cannot replace anything either.
    if (::linkat(directory, from.c_str(), directory, to.c_str(), 0) != 0) return last_error();
    if (::unlinkat(directory, from.c_str(), 0) == 0) return {};
    const std::error_code error = last_error();
    // Back to one name. If that fails too there are two of them, for the open to repair.
    if (::unlinkat(directory, to.c_str(), 0) != 0) return error;
    return error;
  }

  [[nodiscard]] std::error_code remove(const std::string& name) override {
    if (::unlinkat(descriptor_.number(), name.c_str(), 0) != 0) return last_error();
    return {};
  }

  [[nodiscard]] std::error_code sync() override {
    int result = 0;
    do {
      result = ::fsync(descriptor_.number());
    } while (result != 0 && errno == EINTR);
    // EINVAL: this file system has no such call, and no other way to make a name durable.
    if (result != 0 && errno != EINVAL) return last_error();
    return {};
  }

  [[nodiscard]] ListResult list() override;

  [[nodiscard]] StatusResult status(const std::string& name) override {
    struct stat found {};
    if (::fstatat(descriptor_.number(), name.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0) {
      return {.error = last_error()};
    }
    return {.status = to_status(found)};
  }

  [[nodiscard]] LockResult lock(const std::string& name, unsigned permissions) override;

 private:
  Descriptor descriptor_;
};

ListResult PosixDirectory::list() {
  // A descriptor of its own, since reading moves the position that copies of one would share.
  const int number = ::openat(descriptor_.number(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (number < 0) return {.error = last_error()};
  Descriptor opened(number);
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(opened.number()), &::closedir);
  if (stream == nullptr) return {.error = last_error()};
  (void)opened.release();  // the stream closes it
  ListResult result;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    std::string name = entry->d_name;
    if (name != "." && name != "..") result.names.push_back(std::move(name));
  }
  if (errno != 0) result.error = last_error();
  return result;
}

LockResult PosixDirectory::lock(const std::string& name, unsigned permissions) {
  Descriptor file;
  if (const auto error = open_regular(descriptor_, name, O_RDWR | O_CREAT, permissions, file)) {
    return {.error = error};
  }
  int result = 0;
  do {
    result = ::flock(file.number(), LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  if (result != 0 && errno == EWOULDBLOCK) {
    return {.error = std::make_error_code(std::errc::device_or_resource_busy),
            .owner_process = read_owner(file)};
  }
  if (result != 0) return {.error = last_error()};
  write_owner(file);
  return {.lock = std::make_unique<PosixFileLock>(std::move(file))};
}

}  // namespace

DirectoryResult PosixFileSystem::open_directory(const std::string& path) {
  int number = -1;
  do {
    number = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  } while (number < 0 && errno == EINTR);
  if (number < 0) return {.error = last_error()};
  return {.directory = std::make_unique<PosixDirectory>(Descriptor(number))};
}

std::error_code PosixFileSystem::make_directory(const std::string& path) {
  constexpr mode_t kPermissions = 0777;  // the umask applies
  if (::mkdir(path.c_str(), kPermissions) != 0) return last_error();
  return {};
}

}  // namespace lathe
