// SPDX-License-Identifier: MIT
//
// Which backups to delete, and why. Pure: is given a listing, returns a choice.
// Does not know: directories, how to delete. The active file is no backup and cannot be chosen.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <lathe/file_options.hpp>

#include "core/backup_name.hpp"

namespace lathe {

// One closed file of a log, as found in its directory.
struct Backup {
  BackupFile file;
  std::uint64_t size_bytes = 0;  // as it is, packed or not
  std::int64_t modified_ns = 0;  // wall clock; the age of an indexed name
};

enum class PruneReason : std::uint8_t { count, size, age, free_space };

struct PruneChoice {
  Backup backup;
  PruneReason reason = PruneReason::count;  // the first of the limits that it breaks
};

struct RetentionView {
  std::int64_t now_ns = 0;                  // wall clock
  std::optional<std::uint64_t> free_bytes;  // of the file system; nothing: not known
};

// True if the choice needs what a stat of each file says, not its name alone.
[[nodiscard]] bool needs_status(const RetentionOptions& options, bool is_indexed) noexcept;

// Returns the backups that `options` do not keep, oldest first, so that a prune which is cut short
// has deleted the right ones. `backups` may come in any order. Both forms of one backup (plain and
// packed, while it is being packed) count as one, and go together. Each limit is looked at by
// itself, but free_bytes_min counts what the others free; without view.free_bytes it is off.
//
// Cost:      n log n
// Tested by: RetentionTest
[[nodiscard]] std::vector<PruneChoice> backups_to_prune(std::vector<Backup> backups,
                                                        const RetentionOptions& options,
                                                        const RetentionView& view);

// The name of the limit in RetentionOptions, such as "count_max".
[[nodiscard]] const char* reason_text(PruneReason reason) noexcept;

}  // namespace lathe
