// SPDX-License-Identifier: MIT
//
// What the janitor thread does for a rotating file: sync and close. Each function owns or
// shares all that it uses and returns what happened; none of them counts or tells.

#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

#include "os/clock.hpp"
#include "sink/log_place.hpp"

namespace lathe {

struct SyncRequest {
  std::shared_ptr<const LogPlace> place;
  const Clock* clock;
  std::vector<std::shared_ptr<LogFile>> files = {};  // to sync
  std::shared_ptr<LogFile> active = nullptr;         // that of `files` which may still grow
  bool wants_names = false;                          // sync the directory, too
  std::uint64_t names_version = 0;                   // for the sender: which names those are
  std::uint64_t mark = 0;                            // for the sender: see Unsynced::begin_sync
  std::shared_ptr<LogFile> to_close = nullptr;       // after the sync; may be null
  bool is_preallocated = false;                      // to_close has blocks to give back
};

// As it is made by default: what a sync that had no memory has done.
struct SyncOutcome {
  bool is_complete = false;
  std::vector<std::shared_ptr<LogFile>> files = {};
  std::vector<std::error_code> file_errors = {};  // one for each of `files`
  std::shared_ptr<LogFile> active = nullptr;      // that of the request
  bool synced_names = false;                      // tried to
  std::uint64_t names_version = 0;
  std::uint64_t mark = 0;
  std::error_code names_error = {};
  std::shared_ptr<LogFile> closed = nullptr;
  std::error_code close_error = {};      // or of giving blocks back
  std::chrono::nanoseconds duration{0};  // of the syncs, without the close
};

[[nodiscard]] SyncOutcome run_sync(const SyncRequest& request);

}  // namespace lathe
