// SPDX-License-Identifier: MIT
//
// What upkeep works on: the backups of one log, as its directory lists them.
// Does not know: what to do with them.

#pragma once

#include <string>
#include <vector>

#include "core/backup_name.hpp"
#include "os/file_system.hpp"
#include "sink/failure.hpp"

namespace lathe {

struct ListedBackup {
  BackupFile file = {};
  std::string name = {};  // file's
};

struct BackupList {
  std::vector<ListedBackup> backups = {};     // oldest first; a plain form before its packed one
  std::vector<std::string> temporaries = {};  // files that were being made
  Failure failure = {};
};

// One listing, without a look at any file. Names that are not of `names` are left out.
[[nodiscard]] BackupList list_backups(Directory& directory, const BackupNames& names);

// True if both are one backup, whatever their forms: one file in the two steps of being packed.
[[nodiscard]] bool is_same_backup(const BackupFile& a, const BackupFile& b) noexcept;

}  // namespace lathe
