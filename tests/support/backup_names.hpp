// SPDX-License-Identifier: MIT
//
// The default names of backups, for tests that look for them.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/backup_name.hpp"
#include "core/calendar.hpp"

namespace lathe {

inline std::optional<BackupName> parse_backup_name(const std::string& active,
                                                   std::string_view name) {
  const auto parsed = BackupNames({}, active, local_offset).parse(name);
  return parsed ? std::optional(parsed->name) : std::nullopt;
}

inline std::string make_backup_name(const std::string& active, const BackupName& name) {
  return BackupNames({}, active, local_offset).make(name);
}

}  // namespace lathe
