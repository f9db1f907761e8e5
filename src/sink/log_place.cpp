// SPDX-License-Identifier: MIT

#include "sink/log_place.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace lathe {
namespace {

[[noreturn]] void refuse(const std::string& path, std::error_code error, const std::string& what) {
  throw std::system_error(error, path + ": " + what);
}

[[noreturn]] void refuse_kind(const std::string& path, FileKind kind) {
  const auto code = kind == FileKind::directory ? std::errc::is_a_directory
                    : kind == FileKind::symlink ? std::errc::too_many_symbolic_link_levels
                                                : std::errc::invalid_argument;
  refuse(path, std::make_error_code(code),
         fmt::format("is {}, not a regular file", kind_text(kind)));
}

bool is_missing(const StatusResult& result) noexcept {
  return result.error == std::errc::no_such_file_or_directory;
}

}  // namespace

const char* kind_text(FileKind kind) noexcept {
  switch (kind) {
    case FileKind::regular:
      return "a regular file";
    case FileKind::directory:
      return "a directory";
    case FileKind::symlink:
      return "a symbolic link";
    case FileKind::fifo:
      return "a FIFO";
    case FileKind::other:
      return "a device or socket";
  }
  return "unknown";
}

LogNames make_log_names(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  LogNames names;
  names.path = path;
  names.active = slash == std::string::npos ? path : path.substr(slash + 1);
  names.directory = slash == std::string::npos ? "." : path.substr(0, std::max(slash, 1UL));
  names.next = "." + names.active + ".next";
  names.lock = "." + names.active + ".lock";
  names.turn = "." + names.active + ".turn";
  names.upkeep = "." + names.active + ".upkeep";
  return names;
}

LogPlace::LogPlace(const RotatingFileOptions& options, FileSystem& file_system)
    : names_(make_log_names(options.path)),
      backups_(options.naming, names_.active, zone_offset(options.naming.time_zone)),
      permissions_(options.file_mode),
      is_shared_(options.ownership == Ownership::shared) {
  open_directory(file_system, options.directory_mode);
  take_lock();
}

std::string LogPlace::path_of(const std::string& name) const {
  const std::size_t slash = names_.path.rfind('/');
  return slash == std::string::npos ? name : names_.path.substr(0, slash + 1) + name;
}

std::unique_ptr<LockFile> LogPlace::open_turn() const {
  if (!is_shared_) return nullptr;
  LockFileResult opened = directory_->open_lock(names_.turn, permissions_);
  if (opened.error) refuse(names_.path, opened.error, "cannot open " + names_.turn);
  return std::move(opened.file);
}

void LogPlace::open_directory(FileSystem& file_system, unsigned directory_permissions) {
  DirectoryResult opened = file_system.open_directory(names_.directory);
  if (opened.error == std::errc::no_such_file_or_directory) {
    const std::error_code error =
        file_system.make_directory(names_.directory, directory_permissions);
    if (error && error != std::errc::file_exists) {
      refuse(names_.path, error, "cannot make directory " + names_.directory);
    }
    opened = file_system.open_directory(names_.directory);
    // The new directory's own name is durable only with its parent.
    const DirectoryResult parent =
        file_system.open_directory(make_log_names(names_.directory).directory);
    const std::error_code synced = parent.error ? parent.error : parent.directory->sync();
    if (synced) refuse(names_.path, synced, "cannot sync the parent of " + names_.directory);
  }
  if (opened.error) refuse(names_.path, opened.error, "cannot open directory " + names_.directory);
  directory_ = std::move(opened.directory);
}

void LogPlace::take_lock() {
  const LockKind kind = is_shared_ ? LockKind::shared : LockKind::exclusive;
  LockResult locked = directory_->lock(names_.lock, permissions_, kind);
  if (locked.error == std::errc::device_or_resource_busy) {
    const std::string owner = locked.owner_process == 0
                                  ? "other processes"
                                  : fmt::format("process {}", locked.owner_process);
    throw std::system_error(locked.error, names_.path + " is in use by " + owner);
  }
  if (locked.error) refuse(names_.path, locked.error, "cannot lock " + names_.lock);
  lock_ = std::move(locked.lock);
}

LogFileResult LogPlace::open(const std::string& name, OpenMode mode) const {
  OpenResult opened = directory_->open(name, mode, permissions_);
  if (opened.error) return {.failure = {opened.error, "open " + name}};
  const StatusResult found = opened.file->status();
  if (found.error) {
    (void)opened.file->close();  // nothing was written to it, and the other error says more
    return {.failure = {found.error, "stat " + name}};
  }
  auto log_file = std::make_shared<LogFile>();
  log_file->file = std::move(opened.file);
  log_file->identity = found.status;
  log_file->size_bytes = found.status.size_bytes;
  return {.log_file = std::move(log_file)};
}

// What a crash can leave behind, by the step after which it came:
//
//   next made                        app.log  .app.log.next (empty)      remove .next
//   app.log renamed to its backup             .app.log.next              rename .next to app.log
//   .next renamed to app.log         app.log                             nothing to do
//   the same, but a power cut has kept what was written since, and not the renames:
//                                    app.log  .app.log.next (not empty)  do both once more
//   file system without exclusive rename, between link and unlink:
//                                    app.log = backup                    remove the backup's name
//                                    app.log = .app.log.next             remove .next
void LogPlace::repair() const {
  const StatusResult active = directory_->status(names_.active);
  if (active.error && !is_missing(active)) refuse(names_.path, active.error, "cannot stat");
  if (!active.error && active.status.kind != FileKind::regular) {
    refuse_kind(names_.path, active.status.kind);
  }
  if (!active.error && active.status.links > 1) repair_second_name(active.status);
  repair_next(active);
}

void LogPlace::repair_next(const StatusResult& active) const {
  const StatusResult next = directory_->status(names_.next);
  if (is_missing(next)) return;
  const std::string next_path = names_.directory + "/" + names_.next;
  if (next.error) refuse(names_.path, next.error, "cannot stat " + next_path);
  if (next.status.kind != FileKind::regular) refuse_kind(next_path, next.status.kind);
  const bool has_active = !is_missing(active);
  const bool is_active = has_active && next.status.is_same_file(active.status);
  const bool is_younger = has_active && !is_active && next.status.size_bytes != 0;
  if (is_younger) put_away(active.status);
  const std::error_code error = !has_active || is_younger
                                    ? directory_->rename_exclusive(names_.next, names_.active)
                                    : directory_->remove(names_.next);
  if (error) refuse(names_.path, error, "cannot put " + next_path + " right");
}

// Gives the active file a backup's name, that of the time when it was written to last.
void LogPlace::put_away(const FileStatus& active) const {
  constexpr std::int64_t kNanosecondsPerMillisecond = 1'000'000;
  const LastBackup last = find_last_backup();
  if (last.failure) refuse(names_.path, last.failure.error, "cannot " + last.failure.step);
  const std::string name =
      backups_.make(backups_.next(last.name, active.modified_ns / kNanosecondsPerMillisecond));
  const std::error_code error = directory_->rename_exclusive(names_.active, name);
  if (error) refuse(names_.path, error, "cannot rename it to " + name);
}

void LogPlace::repair_second_name(const FileStatus& active) const {
  const ListResult listed = directory_->list();
  if (listed.error) refuse(names_.path, listed.error, "cannot list " + names_.directory);
  for (const std::string& name : listed.names) {
    if (!backups_.parse(name)) continue;
    const StatusResult found = directory_->status(name);
    if (found.error) refuse(names_.path, found.error, "cannot stat " + name);
    if (!found.status.is_same_file(active)) continue;
    const std::error_code error = directory_->remove(name);
    if (error) refuse(names_.path, error, "cannot remove " + name);
  }
}

std::shared_ptr<LogFile> LogPlace::open_active() const {
  LogFileResult opened = open(names_.active, OpenMode::append_or_create);
  if (!opened.failure) return std::move(opened.log_file);
  refuse(names_.path, opened.failure.error, "cannot " + opened.failure.step);
}

LastBackup LogPlace::find_last_backup() const {
  const ListResult listed = directory_->list();
  if (listed.error) return {.failure = {listed.error, "list " + names_.directory}};
  LastBackup last;
  for (const std::string& name : listed.names) {
    const std::optional<BackupFile> parsed = backups_.parse(name);
    if (!parsed || parsed->index != 0) continue;  // renumbered: its stamp is gone
    if (!last.name || parsed->name > *last.name) last.name = parsed->name;
  }
  return last;
}

}  // namespace lathe
