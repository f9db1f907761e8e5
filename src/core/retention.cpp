// SPDX-License-Identifier: MIT
//
// Which backups to delete.

#include "core/retention.hpp"

#include <algorithm>
#include <cstddef>

namespace lathe {

std::vector<Backup> backups_to_prune(std::vector<Backup> backups, const RetentionOptions& options) {
  if (options.count_max == 0 || backups.size() <= options.count_max) return {};
  std::sort(backups.begin(), backups.end(),
            [](const Backup& a, const Backup& b) { return a.name < b.name; });
  backups.resize(backups.size() - static_cast<std::size_t>(options.count_max));
  return backups;
}

}  // namespace lathe
