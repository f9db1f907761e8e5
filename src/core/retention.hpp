// SPDX-License-Identifier: MIT
//
// Which backups to delete. Pure: is given a listing, returns a choice.
// Does not know: directories, how to delete. The active file is no backup and cannot be chosen.

#pragma once

#include <cstdint>
#include <vector>

#include <lathe/options.hpp>

#include "core/backup_name.hpp"

namespace lathe {

// One closed file of a log, as found in its directory.
struct Backup {
  BackupName name;
  std::uint64_t size_bytes = 0;
};

// Returns the backups that `options` do not keep, oldest first, so that a prune which is cut short
// has deleted the right ones. `backups` may come in any order.
//
// Tested by: RetentionTest
[[nodiscard]] std::vector<Backup> backups_to_prune(std::vector<Backup> backups,
                                                   const RetentionOptions& options);

}  // namespace lathe
