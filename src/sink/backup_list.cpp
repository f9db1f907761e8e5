// SPDX-License-Identifier: MIT

#include "sink/backup_list.hpp"

#include <algorithm>
#include <utility>

namespace lathe {

bool is_same_backup(const BackupFile& a, const BackupFile& b) noexcept {
  return a.index == b.index && a.name == b.name;
}

BackupList list_backups(Directory& directory, const BackupNames& names) {
  ListResult listed = directory.list();
  if (listed.error) return {.failure = {listed.error, "list the backups"}};
  BackupList result;
  for (std::string& name : listed.names) {
    if (const auto file = names.parse(name)) {
      result.backups.push_back({.file = *file, .name = std::move(name)});
    } else if (names.parse_temporary(name)) {
      result.temporaries.push_back(std::move(name));
    }
  }
  std::sort(result.backups.begin(), result.backups.end(),
            [](const ListedBackup& a, const ListedBackup& b) {
              if (is_same_backup(a.file, b.file)) return a.file.packed < b.file.packed;
              return is_older(a.file, b.file);
            });
  return result;
}

}  // namespace lathe
