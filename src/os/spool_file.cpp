// SPDX-License-Identifier: MIT

#include "os/spool_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <new>

#include "os/memory.hpp"
#include "os/signal_guard.hpp"

namespace lathe {
namespace {

// Between create() and publish(): begins with a dot, so it is not found by its prefix.
std::string hidden_path(const std::string& path) {
  const std::size_t slash = path.rfind('/') + 1;
  return path.substr(0, slash) + "." + path.substr(slash);
}

std::error_code error_of(int error) { return {error, std::generic_category()}; }

[[noreturn]] void throw_errno(int error, const std::string& path, const char* what) {
  throw std::system_error(error_of(error), path + ": cannot " + what);
}

// Times that create() begins anew. Arbitrary: each one takes another process that looks at the very
// moment between two system calls, and then a few microseconds.
constexpr int kCreateAttemptsMax = 1000;

int retry_flock(int descriptor) noexcept {
  int result = 0;
  do {
    result = ::flock(descriptor, LOCK_EX | LOCK_NB);
  } while (result != 0 && errno == EINTR);
  return result == 0 ? 0 : errno;
}

int allocate(int descriptor, std::uint64_t offset, std::size_t bytes) noexcept {
  const SignalGuard guard(SIGXFSZ);  // we are in a log call of the program's, perhaps
  int error = 0;
  do {
    error = ::posix_fallocate(descriptor, static_cast<off_t>(offset), static_cast<off_t>(bytes));
  } while (error == EINTR);
  return error;
}

// Of a file that was opened: is it what we may trust?
std::error_code check_ours(int descriptor, struct stat& status) noexcept {
  if (::fstat(descriptor, &status) != 0) return error_of(errno);
  if (status.st_nlink == 0) return error_of(ENOENT);  // somebody was done with it before us
  const bool is_private = (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
  if (!S_ISREG(status.st_mode) || status.st_uid != ::geteuid() || !is_private) {
    return error_of(EPERM);
  }
  return {};
}

}  // namespace

void SharedPages::unmap() noexcept {
  if (data_ == nullptr) return;
  // Fails only for addresses that were never mapped.
  [[maybe_unused]] const int result = ::munmap(data_, size_);
  assert(result == 0);
  data_ = nullptr;
}

SharedPages private_pages(std::size_t bytes) {
  void* const data =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) throw std::bad_alloc();
  return {static_cast<std::byte*>(data), bytes};
}

// Before it is locked, a process that recovers may take it for one whose process was killed, and
// remove it: then it is made once more.
SpoolFile SpoolFile::create(const std::string& directory, const std::string& name) {
  const std::string path = directory + "/" + name;
  const std::string hidden = hidden_path(path);
  for (int attempt = 1;; ++attempt) {
    const bool is_last = attempt == kCreateAttemptsMax;
    const int descriptor =
        ::open(hidden.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0 && (attempt == 1 || errno != EEXIST || is_last)) {
      throw_errno(errno, hidden, "make it");
    }
    if (descriptor >= 0) {
      SpoolFile file(path, descriptor, 0);
      const int error = retry_flock(descriptor);
      if (error != 0 && error != EWOULDBLOCK) throw_errno(error, hidden, "lock it");
      struct stat status = {};
      if (::fstat(descriptor, &status) != 0) throw_errno(errno, hidden, "look at it");
      if (error == 0 && status.st_nlink != 0) {
        file.is_hidden_ = true;
        return file;
      }
      if (is_last) throw_errno(error != 0 ? error : ENOENT, hidden, "lock it");
    }
    (void)::sched_yield();  // who has locked it is about to remove it
  }
}

void SpoolFile::publish() {
  const std::string hidden = hidden_path(path_);
  if (::rename(hidden.c_str(), path_.c_str()) != 0) throw_errno(errno, path_, "give it its name");
  is_hidden_ = false;
}

SpoolFile::Opened SpoolFile::open(const std::string& directory, const std::string& name) {
  std::string path = directory + "/" + name;
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return {.error = error_of(errno == ELOOP ? EPERM : errno)};
  SpoolFile file(std::move(path), descriptor, 0);
  if (const std::error_code error = file.look_again()) return {.error = error};
  Opened opened;
  opened.file.push_back(std::move(file));
  return opened;
}

SpoolFile::Opened SpoolFile::open_dead(const std::string& directory, const std::string& name) {
  Opened opened = open(directory, name);
  if (opened.error) return opened;
  SpoolFile& file = opened.file.front();
  const int error = retry_flock(file.descriptor_);
  if (error != 0) return {.error = error_of(error == EWOULDBLOCK ? EBUSY : error)};
  // Somebody may have been done with it, and removed it, before we had the lock.
  if (const std::error_code gone = file.look_again()) return {.error = gone};
  return opened;
}

std::error_code SpoolFile::look_again() noexcept {
  struct stat status = {};
  if (const std::error_code error = check_ours(descriptor_, status)) return error;
  size_ = static_cast<std::uint64_t>(status.st_size);
  return {};
}

SpoolFile::~SpoolFile() {
  // What remains is removed by whoever recovers next.
  if (is_hidden_) (void)::unlink(hidden_path(path_).c_str());
  // Nothing was written through the descriptor, so there is no error to lose.
  if (descriptor_ >= 0) (void)::close(descriptor_);
}

std::uint64_t SpoolFile::grow(std::size_t bytes) {
  if (const int error = allocate(descriptor_, size_, bytes); error != 0) {
    throw_errno(error, path_, "get memory for it");
  }
  const std::uint64_t offset = size_;
  size_ += bytes;
  return offset;
}

void SpoolFile::punch(std::uint64_t offset, std::size_t bytes) noexcept {
  // Where it fails the pages stay, which is a waste, but no harm.
  (void)::fallocate(descriptor_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                    static_cast<off_t>(offset), static_cast<off_t>(bytes));
}

void SpoolFile::refill(std::uint64_t offset, std::size_t bytes) {
  if (const int error = allocate(descriptor_, offset, bytes); error != 0) {
    throw_errno(error, path_, "get memory for it");
  }
}

SharedPages SpoolFile::map(std::uint64_t offset, std::size_t bytes) const {
  void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
                      descriptor_, static_cast<off_t>(offset));
  if (data == MAP_FAILED) throw_errno(errno, path_, "map it");
  return {static_cast<std::byte*>(data), bytes};
}

std::error_code SpoolFile::remove() noexcept {
  if (::unlink(path_.c_str()) != 0) return error_of(errno);
  return {};
}

SpoolNames list_spools(const std::string& directory, const std::string& prefix) {
  SpoolNames found;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), ::closedir);
  if (stream == nullptr) {
    found.error = error_of(errno);
    return found;
  }
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr) break;
    const std::string name = entry->d_name;
    if (name.starts_with(prefix)) found.names.push_back(name);
  }
  if (errno != 0) found.error = error_of(errno);
  return found;
}

std::uint32_t current_user_id() noexcept { return ::geteuid(); }

}  // namespace lathe
