// SPDX-License-Identifier: MIT
//
// LogPlace: where a log lives. Its directory, held open; the names in it; and its locks.
// Does not know: records, rotation, time.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>

#include <lathe/file_options.hpp>

#include "core/backup_name.hpp"
#include "os/file_system.hpp"
#include "sink/failure.hpp"

namespace lathe {

// The names of one log, relative to its directory.
struct LogNames {
  std::string path;       // as the user gave it; for messages
  std::string directory;  // "." where the path has none
  std::string active;     // "app.log"
  std::string next;       // ".app.log.next": the file that rotation puts in its place
  std::string lock;       // ".app.log.lock": held as long as the log is open
  std::string turn;       // ".app.log.turn": held while one of several processes writes
  std::string upkeep;     // ".app.log.upkeep": held while one of them prunes and packs
};

[[nodiscard]] LogNames make_log_names(const std::string& path);

// One file of a log while it is open.
struct LogFile {
  std::shared_ptr<File> file;
  FileStatus identity = {};        // device and inode; never change
  std::uint64_t size_bytes = 0;    // including what others wrote before us
  std::uint64_t header_bytes = 0;  // of those: the header, if we wrote it
  std::string backup_name = {};    // since it was rotated away

  // The error of the sync that failed, if one did: what this file holds may be gone after a power
  // cut, and no later sync of it can prove otherwise.
  std::error_code sync_error = {};
  [[nodiscard]] bool is_suspect() const noexcept { return static_cast<bool>(sync_error); }
};

struct LogFileResult {
  std::shared_ptr<LogFile> log_file = nullptr;  // null on a failure
  Failure failure = {};
};

struct LastBackup {
  std::optional<BackupName> name = {};  // the youngest there is
  Failure failure = {};
};

// Threads:   thread-safe after construction; the janitor's work shares it with the sink
// Lifetime:  shared: the lock is given back when the sink and all its work are gone
// Errors:    the constructor throws std::system_error with the path
// Tested by: RotatingFileSinkOpenTest
class LogPlace {
 public:
  // Makes the directory if only that is missing, and takes the lock.
  LogPlace(const RotatingFileOptions& options, FileSystem& file_system);

  [[nodiscard]] const LogNames& names() const noexcept { return names_; }
  [[nodiscard]] const BackupNames& backups() const noexcept { return backups_; }
  [[nodiscard]] Directory& directory() const noexcept { return *directory_; }
  [[nodiscard]] bool is_shared() const noexcept { return is_shared_; }
  [[nodiscard]] unsigned permissions() const noexcept { return permissions_; }

  // "logs/<name>", for people and hooks.
  [[nodiscard]] std::string path_of(const std::string& name) const;

  // What processes take before they write to a shared file; null for an exclusive one. Throws
  // std::system_error.
  [[nodiscard]] std::unique_ptr<LockFile> open_turn() const;

  // Opens a file of this directory and looks at what was opened.
  [[nodiscard]] LogFileResult open(const std::string& name, OpenMode mode) const;

  // Puts right what a crash in the middle of a rotation left behind. May itself be cut short
  // anywhere and run again. Throws std::system_error for what it does not understand, and has
  // changed nothing then.
  void repair() const;

  // Opens the active file, or makes it. Throws std::system_error.
  [[nodiscard]] std::shared_ptr<LogFile> open_active() const;

  // Looks for the youngest name that a rotation has made.
  [[nodiscard]] LastBackup find_last_backup() const;

 private:
  void open_directory(FileSystem& file_system, unsigned directory_permissions);
  void take_lock();
  void repair_next(const StatusResult& active) const;
  void put_away(const FileStatus& active) const;
  void repair_second_name(const FileStatus& active) const;

  // Constant after construction.
  LogNames names_;
  BackupNames backups_;
  unsigned permissions_;
  bool is_shared_;
  std::unique_ptr<Directory> directory_;
  std::unique_ptr<FileLock> lock_;
};

// "a directory", "a symbolic link", ...
[[nodiscard]] const char* kind_text(FileKind kind) noexcept;

}  // namespace lathe
