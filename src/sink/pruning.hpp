// SPDX-License-Identifier: MIT
//
// Carries out RetentionOptions: deletes backups, or tells which it would delete.
// Does not know: which to choose (core/retention.hpp).

#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "core/retention.hpp"
#include "sink/backup_list.hpp"

namespace lathe {

// Of one pass. The list of what failed is cut there, or a directory that may not be written to
// would give 100,000 messages.
inline constexpr std::uint64_t kPruneFailuresMax = 8;

// Deletions in a row that may leave the free space where it was. Arbitrary: some file systems free
// blocks late and others write meanwhile, but whoever holds the blocks (a snapshot, a second name)
// holds those of the other backups, too.
inline constexpr int kFutileDeletionsMax = 3;

struct PruneRequest {
  RetentionOptions retention = {};
  std::int64_t now_ns = 0;                      // wall clock
  std::vector<FileStatus> own_open_files = {};  // of this process: deleted all the same
  bool wants_sizes = false;                     // also where the limits do not need them
  bool is_dry = false;                          // tells, and deletes nothing
};

// A backup that was deleted.
struct PruneEntry {
  std::string name = {};
  std::uint64_t size_bytes = 0;  // zero where neither the limits nor wants_sizes asked for it
  PruneReason reason = PruneReason::count;
};

struct PruneOutcome {
  std::vector<PruneEntry> pruned = {};  // oldest first
  std::uint64_t held = 0;               // more of them, which others have open
  std::vector<Failure> failures = {};   // the first ones
  std::uint64_t failure_count = 0;      // all
};

// Deletes what `request` does not keep, oldest first, and takes it out of `backups` (as listed by
// list_backups). A backup that another process has open stays for now. Tries each once; one that
// cannot be deleted does not stop the others. Looks at `stop` between files.
//
// Safe beside another process that rotates, prunes and packs. With {index} names, which others
// change, the caller must hold the log's upkeep lock from before the listing.
//
// Threads:   background thread
// Cost:      no status call where the limits go by names alone
// Tested by: PruningTest
[[nodiscard]] PruneOutcome prune(Directory& directory, const BackupNames& names,
                                 std::vector<ListedBackup>& backups, const PruneRequest& request,
                                 const std::stop_token& stop);

}  // namespace lathe
