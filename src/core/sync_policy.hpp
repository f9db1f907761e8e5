// SPDX-License-Identifier: MIT
//
// When to bring written bytes to the device. Pure: remembers numbers, is told the time.
// Does not know: files, fdatasync, threads. SyncOptions::on_rotate is the sink's own business.

#pragma once

#include <cstdint>
#include <limits>

#include <lathe/level.hpp>
#include <lathe/options.hpp>

namespace lathe {

// What was written since the last sync began, and when that has to be on the device.
//
// A sync covers what was written before it began, so what is written while it runs counts towards
// the next one. All times are steady nanoseconds (Clock::steady_ns).
//
// Threads:   thread-compatible
// Tested by: SyncPolicyTest
class SyncPolicy {
 public:
  // next_due_ns() when no sync is wanted.
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

  // With wait_level, log calls ask for the sync of their records themselves, all of a group at once
  // (CommitGroup). So a record of that level asks for one only so much later: nobody waits for it,
  // as for one that a sink has logged. Long enough for most syncs that are under way.
  static constexpr std::int64_t kUnaskedNs = 100'000'000;

  explicit SyncPolicy(const SyncOptions& options) noexcept;

  // One batch of `bytes` was written; `level_max` is the highest level in it. No bytes, no effect.
  void note_write(std::uint64_t bytes, Level level_max, std::int64_t now_ns) noexcept;

  // A sync of everything written so far begins now, for whatever reason. If it fails, the file is
  // suspect, and syncing it again would prove nothing; so there is no way to take this back.
  void note_sync_start() noexcept;

  // Returns true if a sync is wanted at `now_ns`. False as long as nothing is unsynced.
  [[nodiscard]] bool is_due(std::int64_t now_ns) const noexcept { return now_ns >= due_ns_; }

  // When is_due() becomes true without further writes: a time already past if it is true now,
  // kNever if it will not.
  [[nodiscard]] std::int64_t next_due_ns() const noexcept { return due_ns_; }

  // Bytes written since the last sync began.
  [[nodiscard]] std::uint64_t unsynced_bytes() const noexcept { return unsynced_bytes_; }

 private:
  SyncOptions options_;  // constant after construction

  std::uint64_t unsynced_bytes_ = 0;
  std::int64_t due_ns_ = kNever;
};

}  // namespace lathe
