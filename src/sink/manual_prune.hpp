// SPDX-License-Identifier: MIT
//
// What prune_backups() does, on any file system and clock.

#pragma once

#include <string>

#include <lathe/prune.hpp>

#include "os/clock.hpp"
#include "os/file_system.hpp"

namespace lathe {

// See <lathe/prune.hpp>.
//
// Tested by: ManualPruneTest, prune_test.py
[[nodiscard]] PruneReport prune_by_hand(const std::string& path, const RetentionOptions& retention,
                                        const NamingOptions& naming, bool dry_run,
                                        FileSystem& file_system, const Clock& clock);

}  // namespace lathe
