// SPDX-License-Identifier: MIT
//
// File, Directory, FileSystem: the first seam. All that lathe does to files goes through here, so
// tests can make any of it fail. Nothing in here knows of logs.
//
// Fault model. What the callers must expect, and what tests/support/fake_file_system.hpp plays:
//
//   * Every call but a destructor may fail, once or from then on, with any errno, and has changed
//     nothing when it does. Three exceptions: write may have written a part (see WriteResult), a
//     close that failed has closed, and a sync that failed has made nothing durable and never will.
//   * write may be short, at any byte, without an error.
//   * What was written is visible at once to all processes, but durable only after sync_data on
//     the same File; a name that was made, changed or removed only after Directory::sync.
//   * A crash may keep any part of what is not durable, names and contents each on their own.
//   * Others may rename, remove or replace any name at any time; an open File does not notice.
//   * Not modelled: a successful call that lies, content that changes by itself.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace lathe {

enum class FileKind : std::uint8_t { regular, directory, symlink, fifo, other };

struct FileStatus {
  FileKind kind = FileKind::other;
  std::uint64_t size_bytes = 0;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t links = 0;       // names that it has; 0 for a deleted file that is still open
  std::int64_t modified_ns = 0;  // last change of its contents, wall clock
  std::uint32_t permissions = 0;
  std::uint32_t user = 0;
  std::uint32_t group = 0;

  // True if both are one file, whatever its names. Sound as long as one of the two is open, since
  // the number of an open file is not given to another one.
  [[nodiscard]] bool is_same_file(const FileStatus& other) const noexcept {
    return device == other.device && inode == other.inode;
  }
};

struct StatusResult {
  FileStatus status = {};
  std::error_code error = {};
};

struct WriteResult {
  std::size_t written_bytes = 0;  // may be less than asked for, also without an error
  std::error_code error = {};
};

struct ReadResult {
  std::size_t read_bytes = 0;  // 0 without an error: the end of the file
  std::error_code error = {};
};

struct ListResult {
  std::vector<std::string> names = {};  // in no order, without "." and ".."
  std::error_code error = {};
};

// An open regular file; every write goes to its end, wherever that is by then.
//
// Threads:   write: one thread at a time. The others may be called by any thread while another
//            one writes; sync_data and close take turns.
// Lifetime:  the destructor closes, with nobody to tell an error to: call close
class File {
 public:
  virtual ~File() = default;

  // One attempt, repeated only if a signal came before the first byte.
  [[nodiscard]] virtual WriteResult write(std::string_view bytes) = 0;

  // Brings to the device what was written before this call. The kernel reports a failure once and
  // then takes the lost pages for clean, so the first failure sticks: every later call returns it
  // without asking the kernel. On a closed file: how the last sync ended, or
  // errc::bad_file_descriptor if there was none.
  [[nodiscard]] virtual std::error_code sync_data() = 0;

  [[nodiscard]] virtual StatusResult status() = 0;

  // For a crash handler, which can use nothing else of it; -1 where there is none.
  [[nodiscard]] virtual int descriptor() const noexcept { return -1; }

  // Closes, once; a second call returns errc::bad_file_descriptor.
  [[nodiscard]] virtual std::error_code close() = 0;

  // Lets go of the descriptor without closing it, for one that somebody else has closed: its number
  // may be another file's by now. Everything fails with errc::bad_file_descriptor then.
  virtual void forget() noexcept = 0;

  // Has blocks taken for `bytes` in all without changing the size, so that writing them cannot run
  // out of space. errc::not_supported where the file system has no such thing.
  [[nodiscard]] virtual std::error_code preallocate(std::uint64_t bytes) = 0;

  // Gives back what was taken beyond the end. Only while nobody writes to the file.
  [[nodiscard]] virtual std::error_code release_preallocated() = 0;

  // Takes over permissions, owner and group, and time of change from `other`. The owner, where we
  // may not change it, is left alone without an error.
  [[nodiscard]] virtual std::error_code adopt_attributes(const FileStatus& other) = 0;
};

// A file to read, from its beginning at first.
//
// Threads: thread-compatible
class SourceFile {
 public:
  virtual ~SourceFile() = default;

  // One attempt; may be short. EINTR is repeated.
  [[nodiscard]] virtual ReadResult read(std::span<char> out) = 0;

  // The next read begins at this byte.
  [[nodiscard]] virtual std::error_code skip_to(std::uint64_t offset) = 0;

  [[nodiscard]] virtual StatusResult status() = 0;
};

struct SourceResult {
  std::unique_ptr<SourceFile> file = nullptr;  // null on an error
  std::error_code error = {};
};

struct OpenResult {
  std::unique_ptr<File> file = nullptr;  // null on an error
  std::error_code error = {};
};

enum class OpenMode : std::uint8_t {
  append_or_create,  // the existing file, or a new one
  create_new,        // errc::file_exists if the name is taken, by whatever
};

// Held while a process owns something; gone with its last holder, however that ends.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

// A file to lock again and again, against other processes and other LockFiles of this one.
//
// Threads: thread-compatible
class LockFile {
 public:
  // Longest wait. Arbitrary: far more than a write takes, and short for somebody who wants to end.
  static constexpr std::int64_t kLockWaitNs = 1'000'000'000;

  virtual ~LockFile() = default;

  // errc::device_or_resource_busy if somebody else has it; with `wait`, if it is still so after
  // kLockWaitNs, since a holder may be stuck for as long as its disk is full.
  [[nodiscard]] virtual std::error_code acquire(bool wait) = 0;

  // Does nothing if it is not held.
  virtual void release() noexcept = 0;
};

struct LockFileResult {
  std::unique_ptr<LockFile> file = nullptr;  // null on an error
  std::error_code error = {};
};

enum class LockKind : std::uint8_t { exclusive, shared };

struct LockResult {
  std::unique_ptr<FileLock> lock = nullptr;  // null if it was not got
  std::error_code error = {};                // errc::device_or_resource_busy: somebody else has it
  std::uint32_t owner_process = 0;           // then: whose it is; 0 if that is not known
};

// An open directory. Names are relative to it, wherever it was moved since; they have no slash.
//
// Threads: thread-safe
class Directory {
 public:
  virtual ~Directory() = default;

  // Opens for appending. Fails for whatever is no regular file, without following a link and
  // without waiting for the other end of a pipe. `permissions` are those of a new file, less the
  // process's umask.
  [[nodiscard]] virtual OpenResult open(const std::string& name, OpenMode mode,
                                        unsigned permissions) = 0;

  // Never replaces: errc::file_exists if `to` is taken, by whatever.
  [[nodiscard]] virtual std::error_code rename_exclusive(const std::string& from,
                                                         const std::string& to) = 0;

  [[nodiscard]] virtual std::error_code remove(const std::string& name) = 0;

  // Makes all names durable.
  [[nodiscard]] virtual std::error_code sync() = 0;

  [[nodiscard]] virtual ListResult list() = 0;

  // Of what the name stands for; a symbolic link is not followed.
  [[nodiscard]] virtual StatusResult status(const std::string& name) = 0;

  // Locks a file of that name, made if need be, against every other lock() of it in this process
  // and others, and leaves our process number in it. The file is never removed: between opening
  // and locking it, somebody else would.
  // A shared lock excludes exclusive ones only, and leaves no number.
  [[nodiscard]] virtual LockResult lock(const std::string& name, unsigned permissions,
                                        LockKind kind = LockKind::exclusive) = 0;

  // Opens a file of that name, made if need be, and does not lock it yet. Never removed, either.
  [[nodiscard]] virtual LockFileResult open_lock(const std::string& name, unsigned permissions) = 0;

  // Opens for reading; refuses what open() refuses.
  [[nodiscard]] virtual SourceResult open_source(const std::string& name) = 0;

  // Makes a symbolic link `name` to `target`, in place of the one that has the name, in one step.
  // errc::file_exists if the name belongs to anything else than a symbolic link.
  [[nodiscard]] virtual std::error_code put_symlink(const std::string& name,
                                                    const std::string& target) = 0;

  // True if any process, this one too, has the file open. False where that cannot be found out:
  // it takes the file's owner (or CAP_LEASE) and a file system with leases.
  [[nodiscard]] virtual bool is_open_somewhere(const std::string& name) = 0;

  // Bytes that an unprivileged user may still write; nothing if the file system does not say.
  [[nodiscard]] virtual std::optional<std::uint64_t> free_bytes() = 0;
};

struct DirectoryResult {
  std::unique_ptr<Directory> directory = nullptr;  // null on an error
  std::error_code error = {};
};

// Threads: thread-safe
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  [[nodiscard]] virtual DirectoryResult open_directory(const std::string& path) = 0;

  // Makes one directory; its parent must exist. `permissions` less the process's umask.
  [[nodiscard]] virtual std::error_code make_directory(const std::string& path,
                                                       unsigned permissions = 0777) = 0;
};

}  // namespace lathe
