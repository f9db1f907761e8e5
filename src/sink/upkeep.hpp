// SPDX-License-Identifier: MIT
//
// Keeps the backups of one log: leftovers, indexes, retention, packing, the link to the newest.
// One pass over the directory, in this order, for the low-priority thread. Each step may be cut
// short anywhere; the next pass begins with what is there then.
// Does not know: records, the active file, when to run.

#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include <lathe/file_options.hpp>

#include "os/clock.hpp"
#include "sink/packing.hpp"
#include "sink/pruning.hpp"

namespace lathe {

class LogPlace;

// What one run of the program remembers from pass to pass.
//
// Threads: one pass at a time
struct UpkeepMemory {
  std::set<std::string> given_up = {};  // names not to pack, or to link, any more
  std::set<std::string> put_off = {};   // plain names that could not be packed: tried after others
  std::string link_target = {};         // of the link to the newest backup; empty: not known
};

// Shared by all passes of one log.
struct UpkeepPlan {
  std::shared_ptr<Directory> directory;
  std::shared_ptr<const BackupNames> backups;
  std::string lock_name = {};  // LogNames::upkeep
  RetentionOptions retention = {};
  Compression compression = Compression::none;
  std::uint64_t keep_plain = 0;  // newest backups that are not packed
  std::string latest_link = {};  // empty: none
  unsigned permissions = 0640;   // of the lock, and at most of files while they are packed
  bool is_shared = false;        // other processes do the same; see keep_up()
  const Clock* clock = nullptr;
  std::shared_ptr<UpkeepMemory> memory = std::make_shared<UpkeepMemory>();
};

// As it is made by default: what a pass that had no memory has done, as far as anybody knows.
struct UpkeepOutcome {
  bool is_complete = false;
  bool was_busy = false;                // another process does it; nothing was done
  std::vector<PruneEntry> pruned = {};  // oldest first
  std::uint64_t held = 0;               // see PruneOutcome
  std::vector<Failure> failures = {};   // of all steps; those of pruning up to kPruneFailuresMax
  bool packed_one = false;
  bool pack_failed = false;   // the next pass that may pack should wait a while
  std::uint64_t pending = 0;  // plain backups that wait to be packed
  bool has_more = false;      // another pass, at once, has something to do
};

// One pass.
//
// Of processes that share a log, one does it at a time: `is_shared`, and names with {index}, take
// the file `lock_name` without waiting. Such names are not stable, so two must not change them.
//
// A backup that is in `own_open_files` is deleted like any other, but not packed yet: its sync has
// not come to an end. At most one backup is packed, and only if `may_pack`: a caller who has
// other work comes in between, and one whose disk is full can wait. `stop` is looked at between
// files and between chunks.
//
// Without a backup, the link to the newest is left as it is.
//
// Threads:   background thread; one pass of a plan at a time
// Tested by: UpkeepTest, UpkeepFaultTest
[[nodiscard]] UpkeepOutcome keep_up(const UpkeepPlan& plan,
                                    const std::vector<FileStatus>& own_open_files, bool may_pack,
                                    std::stop_token stop);

// True if a limit can be broken without a rotation: by time, or by what others write.
[[nodiscard]] bool has_limit_by_time(const UpkeepPlan& plan) noexcept;

// The plan that `options` ask for; null if there is nothing to keep up. `place` lives as long as
// the plan does; `clock` must.
[[nodiscard]] std::shared_ptr<const UpkeepPlan> make_upkeep_plan(
    const RotatingFileOptions& options, const std::shared_ptr<const LogPlace>& place,
    const Clock& clock);

}  // namespace lathe
