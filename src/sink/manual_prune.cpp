// SPDX-License-Identifier: MIT

#include "sink/manual_prune.hpp"

#include <system_error>
#include <utility>

#include <lathe/options.hpp>

#include "core/calendar.hpp"
#include "core/options_check.hpp"
#include "sink/log_place.hpp"
#include "sink/pruning.hpp"

namespace lathe {
namespace {

constexpr unsigned kLockPermissions = 0640;  // as RotatingFileOptions::file_mode is by default

[[noreturn]] void refuse(const std::string& path, const Failure& failure) {
  throw std::system_error(failure.error, path + ": cannot " + failure.step);
}

// The checks of a log that would be written with these options.
void check(const std::string& path, const RetentionOptions& retention,
           const NamingOptions& naming) {
  RotatingFileOptions options;
  options.path = path;
  options.retention = retention;
  options.naming = naming;
  options.naming.stamp = NameStamp::rotation;  // only who rotates must know the periods
  check_options(options);
}

}  // namespace

PruneReport prune_by_hand(const std::string& path, const RetentionOptions& retention,
                          const NamingOptions& naming, bool dry_run, FileSystem& file_system,
                          const Clock& clock) {
  check(path, retention, naming);
  const LogNames log = make_log_names(path);
  const BackupNames names(naming, log.active, zone_offset(naming.time_zone));
  const DirectoryResult opened = file_system.open_directory(log.directory);
  if (opened.error) refuse(path, {opened.error, "open directory " + log.directory});
  Directory& directory = *opened.directory;
  LockFileResult lock;  // held to the end
  if (!dry_run) {
    lock = directory.open_lock(log.upkeep, kLockPermissions);
    if (lock.error) refuse(path, {lock.error, "open " + log.upkeep});
    const std::error_code busy = lock.file->acquire(false);
    if (busy) refuse(path, {busy, "lock " + log.upkeep + " (is another process pruning?)"});
  }
  BackupList list = list_backups(directory, names);
  if (list.failure) refuse(path, list.failure);
  const PruneRequest request{
      .retention = retention, .now_ns = clock.wall_ns(), .wants_sizes = true, .is_dry = dry_run};
  const std::size_t found = list.backups.size();
  PruneOutcome outcome = prune(directory, names, list.backups, request, {});
  PruneReport report;
  for (PruneEntry& entry : outcome.pruned) {
    report.entries.push_back({.name = std::move(entry.name),
                              .size_bytes = entry.size_bytes,
                              .reason = reason_text(entry.reason)});
  }
  report.backups_kept = found - report.entries.size();
  for (const Failure& failure : outcome.failures) report.errors.push_back(failure.text());
  return report;
}

}  // namespace lathe
