// SPDX-License-Identifier: MIT

#include "sink/renumber.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace lathe {
namespace {

// Both forms of a backup count as one.
std::uint32_t count(const std::vector<ListedBackup>& backups) {
  std::uint32_t result = 0;
  for (std::size_t i = 0; i < backups.size(); ++i) {
    if (i == 0 || !is_same_backup(backups[i - 1].file, backups[i].file)) ++result;
  }
  return result;
}

}  // namespace

RenumberOutcome renumber(Directory& directory, const BackupNames& names,
                         std::vector<ListedBackup>& backups, const std::stop_token& stop) {
  RenumberOutcome outcome;
  std::uint32_t younger = count(backups);
  BackupFile last;  // as it was before its rename
  for (std::size_t i = 0; i < backups.size() && !stop.stop_requested(); ++i) {
    ListedBackup& backup = backups[i];
    const BackupFile before = backup.file;
    if (i == 0 || !is_same_backup(last, before)) --younger;
    last = before;
    // Its own index, unless there are too many younger ones for the indexes below it. A stamped
    // backup has index 0, which is always too low.
    const std::uint32_t target = std::max(before.index, younger + 1);
    if (target == before.index) continue;
    const BackupFile after{.index = target, .packed = before.packed};
    Renaming renaming{.from = std::move(backup.name), .to = names.make(after)};
    const std::error_code error = directory.rename_exclusive(renaming.from, renaming.to);
    if (error == std::errc::no_such_file_or_directory) continue;  // left without a name
    if (error) {
      backup.name = std::move(renaming.from);
      outcome.failure = {error, "rename " + backup.name + " to " + renaming.to};
      break;
    }
    backup = {.file = after, .name = renaming.to};
    outcome.done.push_back(std::move(renaming));
  }
  std::erase_if(backups, [](const ListedBackup& backup) { return backup.name.empty(); });
  return outcome;
}

}  // namespace lathe
