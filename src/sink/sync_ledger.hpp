// SPDX-License-Identifier: MIT
//
// SyncLedger: what is written but not known to be on the device.
// Does not know: system calls, the janitor, messages.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <lathe/options.hpp>

#include "core/sync_policy.hpp"
#include "sink/file_work.hpp"
#include "sink/unsynced.hpp"

namespace lathe {

// Which files and names the next sync has to cover, and what the last ones said.
//
//   active      the file being written
//   retiring    rotated away, and with the janitor to be synced and closed
//   held        rotated away and kept open, since no policy asks for a sync: if sync() is called
//               it still covers them
//
// Threads:   thread-compatible
// Errors:    a failed sync is answered to the next caller of sync(), once; those after it are told
//            about what was written since, to another file
// Tested by: RotatingFileSinkSyncTest
class SyncLedger {
 public:
  // Rotated files that stay open; one more, and the oldest is synced and closed. Arbitrary: small
  // beside the usual limit of 1,024 descriptors.
  static constexpr std::size_t kHeldFilesMax = 8;

  // Without `may_hold`, a rotated file is synced and closed at once, whatever the policy: somebody
  // waits for it.
  SyncLedger(const SyncOptions& options, bool may_hold);

  // True if any option asks for any sync.
  [[nodiscard]] bool has_policy() const noexcept { return has_policy_; }
  [[nodiscard]] SyncPolicy& policy() noexcept { return policy_; }
  [[nodiscard]] Unsynced& unsynced() noexcept { return unsynced_; }
  [[nodiscard]] const Unsynced& unsynced() const noexcept { return unsynced_; }

  // A name was made or changed.
  void note_names_changed() noexcept { ++names_version_; }

  // `file` was rotated away. Returns the file that the janitor shall have now; may be null.
  [[nodiscard]] std::shared_ptr<LogFile> retire(std::shared_ptr<LogFile> file);

  // Adds what a sync that starts now must cover. A suspect file is left out: see LogFile.
  void cover_all(const std::shared_ptr<LogFile>& active, SyncRequest& request);

  // True if a sync with that mark and that version of the names, made by cover_all(), covers all
  // that was written and named so far.
  [[nodiscard]] bool is_all_covered(std::uint64_t mark, std::uint64_t names_version) noexcept {
    return unsynced_.begin_sync() == mark && names_version == names_version_;
  }

  // The same for one file alone, which is then closed.
  void cover_retiring(const std::shared_ptr<LogFile>& file, SyncRequest& request);

  // Takes what a sync has said. Returns the failures that are news.
  [[nodiscard]] std::vector<Failure> settle(const SyncOutcome& outcome);

  // Held files that `outcome` has synced to their end: the janitor can close them.
  [[nodiscard]] std::vector<std::shared_ptr<LogFile>> release_held(const SyncOutcome& outcome);

  // What sync() returns now. Forgets it, unless the active file itself is suspect.
  [[nodiscard]] std::error_code take_answer(const LogFile& active) noexcept;

  [[nodiscard]] bool has_retiring() const noexcept { return !retiring_.empty(); }

  // Rotated files that are still open: they are not to be packed.
  [[nodiscard]] std::vector<FileStatus> open_files() const;

  // Files that are not closed yet, for the end.
  [[nodiscard]] std::vector<std::shared_ptr<LogFile>> take_held() noexcept;

 private:
  void cover_names(SyncRequest& request) noexcept;

  // Constant after construction.
  bool has_policy_;
  bool may_hold_;

  SyncPolicy policy_;
  Unsynced unsynced_;
  std::vector<std::shared_ptr<LogFile>> retiring_;
  std::vector<std::shared_ptr<LogFile>> held_;  // oldest first
  std::uint64_t names_version_ = 1;             // the names found at open are not known durable
  std::uint64_t names_durable_ = 0;
  std::error_code answer_;
};

}  // namespace lathe
