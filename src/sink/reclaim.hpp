// SPDX-License-Identifier: MIT
//
// Makes room on a full disk by deleting the oldest backups: RetentionOptions::reclaim.
// Does not know: what is to be written, when to try again.

#pragma once

#include <cstdint>
#include <memory>
#include <system_error>
#include <vector>

#include "sink/log_place.hpp"
#include "sink/pruning.hpp"

namespace lathe {

// Room to make at least, so that a disk which stays full does not cost a listing for every block.
// Arbitrary: a few blocks, and small beside most backups.
inline constexpr std::uint64_t kReclaimBytesMin = 1 << 20;

struct ReclaimRequest {
  std::shared_ptr<const LogPlace> place;
  std::uint64_t wanted_bytes = kReclaimBytesMin;
  std::vector<FileStatus> own_open_files = {};
};

// As it is made by default: what a pass that had no memory has done.
struct ReclaimOutcome {
  PruneOutcome pruned = {};
  bool has_helped = false;  // there is more space than before
};

// True if deleting something may cure it: no space left on the device, or of the user's quota.
[[nodiscard]] bool is_lack_of_space(const std::error_code& error) noexcept;

// Deletes backups, the oldest first, until as much more is free as wanted; never the newest one,
// nor one that another process has open. Does nothing where the file system does not tell its free
// space, and while somebody renumbers names with {index}.
//
// Threads:   janitor
// Tested by: ReclaimTest
[[nodiscard]] ReclaimOutcome reclaim(const ReclaimRequest& request);

}  // namespace lathe
