// SPDX-License-Identifier: MIT
//
// What other threads do for RotatingFileSink: the janitor makes the next file, syncs and closes;
// the background thread keeps the backups.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sink/rotating_file_sink.hpp"

namespace lathe {

void RotatingFileSink::tick() {
  const std::int64_t now_ns = clock_.steady_ns();
  if (now_ns >= look_at_ns_) {
    look_at_ns_ = now_ns + kLookIntervalNs;
    look_at_path();
  }
  change_if_due();
  rescue();
  start_due_sync();
  if (upkeep_at_ns_ != kNever && now_ns >= upkeep_at_ns_) post_upkeep();
}

void RotatingFileSink::post_prepare_next() {
  if (is_preparing_ || is_closing_ || rotator_.has_next()) return;
  is_preparing_ = true;
  const std::uint64_t bytes = options_.preallocate ? options_.rotation.size_bytes_max : 0;
  port_.post([place = place_, bytes] { return prepare_next(*place, bytes); },
             [this](LogFileResult made) {
               is_preparing_ = false;
               // Without a file, the failure is not told: the rotation tries again, and tells.
               if (made.log_file == nullptr) return;
               if (made.failure) tell("cannot " + made.failure.text());
               rotator_.keep_next(std::move(made.log_file));
             });
}

// At most one at a time, so that a thousand rotations a second do not queue up.
void RotatingFileSink::post_upkeep() {
  if (upkeep_plan_ == nullptr || is_closing_) return;
  is_upkeep_wanted_ = true;
  if (is_upkeep_posted_) return;
  is_upkeep_wanted_ = false;
  is_upkeep_posted_ = true;
  const std::int64_t now_ns = clock_.steady_ns();
  upkeep_at_ns_ = has_limit_by_time(*upkeep_plan_) ? now_ns + kUpkeepIntervalNs : kNever;
  const bool may_pack = pack_backoff_.is_over(now_ns);
  std::vector<FileStatus> open_files = ledger_.open_files();
  open_files.push_back(active_->identity);  // it has a backup's name where a rotation got stuck
  port_.post_background(
      [plan = upkeep_plan_, open_files = std::move(open_files), may_pack](std::stop_token stop) {
        return keep_up(*plan, open_files, may_pack, std::move(stop));
      },
      [this](const UpkeepOutcome& outcome) { end_upkeep(outcome); });
}

void RotatingFileSink::end_upkeep(const UpkeepOutcome& outcome) {
  is_upkeep_posted_ = false;
  take_upkeep(outcome);
  if (is_upkeep_wanted_ || outcome.has_more) {
    post_upkeep();
    return;
  }
  // What could not be done now is tried again, after a while.
  const std::int64_t now_ns = clock_.steady_ns();
  if (outcome.was_busy || !outcome.is_complete) {
    upkeep_at_ns_ = now_ns + Backoff::kDelayNsMin;
  } else if (outcome.pending > 0) {
    const std::int64_t delay_ns = pack_backoff_.delay_ns();
    upkeep_at_ns_ = now_ns + (delay_ns > 0 ? delay_ns : kPendingIntervalNs);
  } else if (outcome.held > 0) {
    upkeep_at_ns_ = now_ns + kUpkeepIntervalNs;
  }
}

void RotatingFileSink::take_upkeep(const UpkeepOutcome& outcome) {
  stats_.prunes += outcome.pruned.size();
  for (const PruneEntry& entry : outcome.pruned) hooks_.file_pruned(place_->path_of(entry.name));
  if (outcome.packed_one) {
    ++stats_.compressions;
    pack_backoff_.succeed();
  }
  if (outcome.pack_failed) {
    ++stats_.compression_errors;
    pack_backoff_.fail(clock_.steady_ns());
  }
  stats_.compressions_pending = outcome.pending;
  // At most one of them is that of packing.
  const bool is_of_packing = outcome.pack_failed && !outcome.failures.empty();
  stats_.prune_errors += outcome.failures.size() - (is_of_packing ? 1 : 0);
  for (const Failure& failure : outcome.failures) tell("cannot " + failure.text());
}

SinkStats RotatingFileSink::stats() const {
  SinkStats stats = stats_;
  stats.hook_errors = hooks_.errors();
  const std::uint64_t durable = ledger_.unsynced().durable_position(written_);
  stats.records_durable = durable - std::min(durable, stats.records_at_risk);
  // A backup waits from its rotation on, before any pass has seen it.
  const bool is_unseen = is_upkeep_posted_ || ledger_.has_retiring();
  if (options_.compression != Compression::none && is_unseen && stats.compressions_pending == 0) {
    stats.compressions_pending = 1;
  }
  return stats;
}

SyncRequest RotatingFileSink::make_sync_request() const {
  return {.place = place_, .clock = &clock_};
}

void RotatingFileSink::post_retire(const std::shared_ptr<LogFile>& file) {
  SyncRequest request = make_sync_request();
  ledger_.cover_retiring(file, request);
  post_closing(std::move(request));
}

void RotatingFileSink::post_close(const std::shared_ptr<LogFile>& file) {
  SyncRequest request = make_sync_request();
  request.to_close = file;
  post_closing(std::move(request));
}

void RotatingFileSink::post_closing(SyncRequest request) {
  request.is_preallocated = options_.preallocate;
  port_.post([request = std::move(request)] { return run_sync(request); },
             [this](const SyncOutcome& outcome) {
               const bool is_good = settle_sync(outcome);
               const std::string& name =
                   outcome.closed != nullptr ? outcome.closed->backup_name : std::string();
               if (!name.empty()) hooks_.file_closed(place_->path_of(name));
               // No old backup goes before the younger ones are safe.
               if (is_good) post_upkeep();
             });
}

std::error_code RotatingFileSink::sync() {
  if (const std::error_code error = drain()) return error;
  SyncRequest request = make_sync_request();
  ledger_.cover_all(active_, request);
  const SyncOutcome outcome = run_sync(request);
  (void)settle_sync(outcome);
  return ledger_.take_answer(*active_);
}

void RotatingFileSink::start_sync(std::function<void(std::error_code)> done) {
  if (const std::error_code error = drain()) {
    done(error);
  } else if (is_sync_posted_) {
    // Most likely that one began too early.
    const bool is_covered = ledger_.is_all_covered(posted_mark_, posted_names_version_);
    (is_covered ? sync_dones_ : sync_waiters_).push_back(std::move(done));
  } else {
    post_sync({std::move(done)});
  }
}

void RotatingFileSink::start_due_sync() {
  const bool is_due = ledger_.policy().is_due(clock_.steady_ns());
  if (is_due && !is_sync_posted_) post_sync({});
}

void RotatingFileSink::post_sync(std::vector<SyncDone> dones) {
  is_sync_posted_ = true;
  sync_dones_ = std::move(dones);
  SyncRequest request = make_sync_request();
  ledger_.cover_all(active_, request);
  posted_mark_ = request.mark;
  posted_names_version_ = request.names_version;
  port_.post([request = std::move(request)] { return run_sync(request); },
             [this](const SyncOutcome& outcome) { end_posted_sync(outcome); });
}

void RotatingFileSink::end_posted_sync(const SyncOutcome& outcome) {
  is_sync_posted_ = false;
  const std::vector<SyncDone> dones = std::exchange(sync_dones_, {});
  (void)settle_sync(outcome);
  if (!dones.empty()) {
    const std::error_code answer = ledger_.take_answer(*active_);
    for (const SyncDone& done : dones) done(answer);
  }
  if (is_sync_posted_) return;  // one of them has started another
  if (!sync_waiters_.empty()) {
    post_sync(std::exchange(sync_waiters_, {}));
  } else {
    start_due_sync();
  }
}

// Returns true if nothing has failed.
bool RotatingFileSink::settle_sync(const SyncOutcome& outcome) {
  const std::vector<Failure> failures = ledger_.settle(outcome);
  // A file that another sync has found suspect meanwhile is no news, and no success.
  const bool is_good =
      failures.empty() && std::all_of(outcome.file_errors.begin(), outcome.file_errors.end(),
                                      [](const std::error_code& error) { return !error; });
  for (const Failure& failure : failures) {
    ++stats_.sync_errors;
    tell("cannot " + failure.text());
  }
  const bool has_synced = !outcome.files.empty() || outcome.synced_names;
  if (has_synced) port_.sync_took(outcome.duration);
  if (has_synced && is_good) ++stats_.syncs;
  if (!outcome.files.empty() && is_good) {
    suspect_backoff_.succeed();
    rescue_backoff_.succeed();
  }
  if (outcome.close_error) {
    ++stats_.write_errors;
    tell("cannot close a rotated file: " + outcome.close_error.message());
  }
  for (const auto& file : ledger_.release_held(outcome)) post_close(file);
  change_if_due();
  rescue();
  return is_good && !outcome.close_error;
}

}  // namespace lathe
