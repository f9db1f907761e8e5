// SPDX-License-Identifier: MIT
//
// What the janitor thread does for a rotating file: sync, close, prune. Each function owns or
// shares all that it uses and returns what happened; none of them counts or tells.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include <lathe/options.hpp>

#include "os/clock.hpp"
#include "sink/log_place.hpp"

namespace lathe {

struct SyncRequest {
  std::shared_ptr<const LogPlace> place;
  const Clock* clock;
  std::vector<std::shared_ptr<LogFile>> files = {};  // to sync
  bool wants_names = false;                          // sync the directory, too
  std::uint64_t names_version = 0;                   // for the sender: which names those are
  std::shared_ptr<LogFile> to_close = nullptr;       // after the sync; may be null
};

// As it is made by default: what a sync that had no memory has done.
struct SyncOutcome {
  bool is_complete = false;
  std::vector<std::shared_ptr<LogFile>> files = {};
  std::vector<std::error_code> file_errors = {};  // one for each of `files`
  bool synced_names = false;                      // tried to
  std::uint64_t names_version = 0;
  std::error_code names_error = {};
  std::shared_ptr<LogFile> closed = nullptr;
  std::error_code close_error = {};
  std::chrono::nanoseconds duration{0};  // of the syncs, without the close
};

[[nodiscard]] SyncOutcome run_sync(const SyncRequest& request);

struct PruneOutcome {
  std::uint64_t removed = 0;
  Failure failure = {};  // the first one; the other backups are tried all the same
};

[[nodiscard]] PruneOutcome prune(const LogPlace& place, const RetentionOptions& options);

}  // namespace lathe
