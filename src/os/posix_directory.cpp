// SPDX-License-Identifier: MIT
//
// Names by system call, relative to a held directory. Each errno becomes an error_code; EINTR is
// repeated where it means "nothing happened yet".

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "os/posix_file.hpp"
#include "os/posix_file_system.hpp"

namespace lathe {
namespace {

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
    return {.file = make_posix_file(std::move(file))};
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

  [[nodiscard]] LockResult lock(const std::string& name, unsigned permissions,
                                LockKind kind) override {
    Descriptor file;
    if (const auto error = open_regular(descriptor_, name, O_RDWR | O_CREAT, permissions, file)) {
      return {.error = error};
    }
    return lock_at_once(std::move(file), kind);
  }

  [[nodiscard]] LockFileResult open_lock(const std::string& name, unsigned permissions) override {
    Descriptor file;
    if (const auto error = open_regular(descriptor_, name, O_RDWR | O_CREAT, permissions, file)) {
      return {.error = error};
    }
    return {.file = make_posix_lock_file(std::move(file))};
  }

  [[nodiscard]] SourceResult open_source(const std::string& name) override {
    Descriptor file;
    if (const auto error = open_regular(descriptor_, name, O_RDONLY, 0, file)) {
      return {.error = error};
    }
    return {.file = make_posix_source(std::move(file))};
  }

  [[nodiscard]] std::error_code put_symlink(const std::string& name,
                                            const std::string& target) override;
  [[nodiscard]] bool is_open_somewhere(const std::string& name) override;
  [[nodiscard]] std::optional<std::uint64_t> free_bytes() override;

 private:
  [[nodiscard]] std::error_code replace_symlink(const std::string& name, const std::string& target);

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

// A missing name is made directly, which replaces nothing. In place of a link comes a new one that
// is renamed over it: if somebody puts another file there between our look and the rename, that
// file is replaced. (No system call does both.)
std::error_code PosixDirectory::put_symlink(const std::string& name, const std::string& target) {
  // Others may make or remove the name in between: look again, but not for ever.
  constexpr int kAttempts = 3;
  std::error_code error;
  for (int i = 0; i < kAttempts; ++i) {
    const StatusResult there = status(name);
    if (!there.error && there.status.kind != FileKind::symlink) {
      return std::make_error_code(std::errc::file_exists);
    }
    if (there.error && there.error != std::errc::no_such_file_or_directory) return there.error;
    if (!there.error) {
      error = replace_symlink(name, target);
    } else if (::symlinkat(target.c_str(), descriptor_.number(), name.c_str()) != 0) {
      error = last_error();
    } else {
      return {};
    }
    if (error != std::errc::file_exists && error != std::errc::no_such_file_or_directory) break;
  }
  return error;
}

std::error_code PosixDirectory::replace_symlink(const std::string& name,
                                                const std::string& target) {
  const int directory = descriptor_.number();
  const std::string fresh = "." + name + ".new";
  // A crash may have left one.
  const StatusResult left = status(fresh);
  if (!left.error && left.status.kind == FileKind::symlink) {
    if (const auto error = remove(fresh)) return error;
  }
  if (::symlinkat(target.c_str(), directory, fresh.c_str()) != 0) return last_error();
  if (::renameat(directory, fresh.c_str(), directory, name.c_str()) == 0) return {};
  const std::error_code error = last_error();
  (void)remove(fresh);  // else the next attempt does it
  return error;
}

// A write lease is only given on a file that nobody else has open. While we hold it, for two system
// calls, an open by somebody else waits, and the kernel tells us of it by a signal: to this thread,
// and one that does nothing by default, since SIGIO would end the process.
bool PosixDirectory::is_open_somewhere(const std::string& name) {
  Descriptor file;
  if (const auto error = open_regular(descriptor_, name, O_RDONLY, 0, file)) {
    // Somebody has a lease on it, as we are about to take: then it is open there.
    return error == std::errc::resource_unavailable_try_again;
  }
  const f_owner_ex this_thread{.type = F_OWNER_TID, .pid = ::gettid()};
  if (::fcntl(file.number(), F_SETOWN_EX, &this_thread) != 0) return false;
  if (::fcntl(file.number(), F_SETSIG, SIGURG) != 0) return false;
  if (::fcntl(file.number(), F_SETLEASE, F_WRLCK) != 0) {
    return errno == EAGAIN || errno == EBUSY;
  }
  (void)::fcntl(file.number(), F_SETLEASE, F_UNLCK);  // closing gives it back, too
  return false;
}

std::optional<std::uint64_t> PosixDirectory::free_bytes() {
  struct statvfs found {};
  if (::fstatvfs(descriptor_.number(), &found) != 0) return std::nullopt;
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(found.f_bavail, found.f_frsize, &bytes)) return UINT64_MAX;
  return bytes;
}

}  // namespace

std::unique_ptr<Directory> make_posix_directory(Descriptor descriptor) {
  return std::make_unique<PosixDirectory>(std::move(descriptor));
}

}  // namespace lathe
