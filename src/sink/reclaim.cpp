// SPDX-License-Identifier: MIT

#include "sink/reclaim.hpp"

#include <cerrno>
#include <optional>
#include <utility>

#include "sink/backup_list.hpp"

namespace lathe {
namespace {

// Names with {index} must not be changed by two at a time; see prune().
LockFileResult lock_names(const LogPlace& place) {
  LockFileResult opened = place.directory().open_lock(place.names().upkeep, place.permissions());
  if (!opened.error) opened.error = opened.file->acquire(false);
  return opened;
}

void spare_newest(std::vector<ListedBackup>& backups) {
  if (backups.empty()) return;
  const BackupFile newest = backups.back().file;
  while (!backups.empty() && is_same_backup(backups.back().file, newest)) backups.pop_back();
}

}  // namespace

bool is_lack_of_space(const std::error_code& error) noexcept {
  // The standard has no name for EDQUOT, hence no condition that it is equal to.
  return error == std::errc::no_space_on_device ||
         error == std::error_code(EDQUOT, std::system_category()) ||
         error == std::error_code(EDQUOT, std::generic_category());
}

ReclaimOutcome reclaim(const ReclaimRequest& request) {
  const LogPlace& place = *request.place;
  ReclaimOutcome outcome;
  const std::optional<std::uint64_t> free_before = place.directory().free_bytes();
  if (!free_before) return outcome;
  LockFileResult lock;
  if (place.backups().is_indexed()) lock = lock_names(place);
  if (lock.error) return outcome;  // whoever has it deletes by the limits itself
  BackupList listed = list_backups(place.directory(), place.backups());
  if (listed.failure) {
    outcome.pruned.failures.push_back(std::move(listed.failure));
    return outcome;
  }
  spare_newest(listed.backups);
  const PruneRequest prune_request{
      .retention = {.free_bytes_min = *free_before + request.wanted_bytes},
      .own_open_files = request.own_open_files,
      .wants_sizes = true};
  outcome.pruned = prune(place.directory(), place.backups(), listed.backups, prune_request, {});
  const std::optional<std::uint64_t> free_after = place.directory().free_bytes();
  outcome.has_helped = free_after && *free_after > *free_before;
  return outcome;
}

}  // namespace lathe
