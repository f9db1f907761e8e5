// SPDX-License-Identifier: MIT

#include "sink/file_work.hpp"

#include <utility>

#include "core/retention.hpp"

namespace lathe {

SyncOutcome run_sync(const SyncRequest& request) {
  SyncOutcome outcome{.is_complete = true,
                      .files = request.files,
                      .synced_names = request.wants_names,
                      .names_version = request.names_version,
                      .closed = request.to_close};
  const std::int64_t start_ns = request.clock->steady_ns();
  for (const auto& log_file : request.files) {
    outcome.file_errors.push_back(log_file->file->sync_data());
  }
  // Contents before names: a name that survives a power cut then has its contents.
  if (request.wants_names) outcome.names_error = request.place->directory().sync();
  outcome.duration = std::chrono::nanoseconds(request.clock->steady_ns() - start_ns);
  if (request.to_close != nullptr) outcome.close_error = request.to_close->file->close();
  return outcome;
}

PruneOutcome prune(const LogPlace& place, const RetentionOptions& options) {
  const std::string& base = place.names().active;
  const ListResult listed = place.directory().list();
  if (listed.error) return {.failure = {listed.error, "list " + place.names().directory}};
  std::vector<Backup> backups;
  for (const std::string& name : listed.names) {
    // No size: retention goes by count alone, and a stat of each of ten thousand takes its time.
    if (const auto parsed = parse_backup_name(base, name)) backups.push_back({.name = *parsed});
  }
  PruneOutcome outcome;
  for (const Backup& backup : backups_to_prune(std::move(backups), options)) {
    const std::string name = make_backup_name(base, backup.name);
    const std::error_code error = place.directory().remove(name);
    if (!error) ++outcome.removed;
    const bool is_gone = !error || error == std::errc::no_such_file_or_directory;
    if (!is_gone && !outcome.failure) outcome.failure = {error, "remove " + name};
  }
  return outcome;
}

}  // namespace lathe
