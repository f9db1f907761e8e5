// SPDX-License-Identifier: MIT
//
// Rotation, reopening, syncs: the part of RotatingFileSink that changes files.

#include <fmt/format.h>

#include <utility>

#include "sink/rotating_file_sink.hpp"

namespace lathe {

void RotatingFileSink::tell(const std::string& what) { port_.tell(options_.path + ": " + what); }

std::error_code RotatingFileSink::rotate() {
  if (const std::error_code error = drain()) return error;
  if (active_->size_bytes == 0) return {};
  return change_file().error;
}

std::error_code RotatingFileSink::reopen() {
  if (const std::error_code error = drain()) return error;
  const StandingResult found = look_at_active(*place_, *active_);
  if (found.standing == Standing::ours) return {};
  return change_file().error;
}

// Rotates; or, where somebody else has moved our file away, just goes on in a new one.
Failure RotatingFileSink::change_file() {
  const std::int64_t start_ns = clock_.steady_ns();
  StandingResult found = look_at_active(*place_, *active_);
  LogFileResult fresh;
  switch (found.standing) {
    case Standing::ours:
      fresh = rotator_.rotate(clock_.wall_ns());
      break;
    case Standing::missing:
    case Standing::replaced:
      fresh = place_->open(place_->names().active, OpenMode::append_or_create);
      break;
    case Standing::refused:
    case Standing::unknown:
      fresh.failure = std::move(found.failure);
      break;
  }
  if (fresh.failure) {
    is_change_wanted_ = is_change_wanted_ || found.standing == Standing::ours;
    note_change_failure(fresh.failure);
    return fresh.failure;
  }
  switch_to(std::move(fresh.log_file));
  if (found.standing == Standing::ours) {
    ++stats_.rotations;
    port_.rotation_took(std::chrono::nanoseconds(clock_.steady_ns() - start_ns));
  } else {
    tell("was moved or deleted by somebody; going on in a new file");
  }
  return {};
}

// A rotation that failed before, a file that takes no more, or one that failed to sync. The last
// has its own back-off: on a dying disk, a new file for every failed sync would soon make
// retention delete all that was good.
bool RotatingFileSink::is_leaving_due() const {
  if (is_change_wanted_) return true;
  return active_->is_suspect() && suspect_backoff_.is_over(clock_.steady_ns());
}

void RotatingFileSink::leave_if_due() {
  if (buffer_.is_mid_record() || !is_leaving_due()) return;
  if (change_backoff_.is_over(clock_.steady_ns())) (void)change_file();  // counted and told there
}

void RotatingFileSink::note_change_failure(const Failure& failure) {
  constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;
  ++stats_.rotation_errors;
  change_backoff_.fail(clock_.steady_ns());
  tell(fmt::format("cannot start a new file ({}); writing on to the old one, next try in {} s",
                   failure.text(), change_backoff_.delay_ns() / kNanosecondsPerSecond));
}

void RotatingFileSink::switch_to(std::shared_ptr<LogFile> fresh) {
  std::shared_ptr<LogFile> old = std::exchange(active_, std::move(fresh));
  if (old->is_suspect()) suspect_backoff_.fail(clock_.steady_ns());
  is_change_wanted_ = false;
  change_backoff_.succeed();
  ledger_.note_names_changed();
  // The next file first: it is wanted soonest, and takes the least time.
  post_prepare_next();
  if (const auto file = ledger_.retire(std::move(old))) {
    post_retire(file);  // which prunes after it
  } else {
    post_prune();
  }
}

void RotatingFileSink::tick() {
  const std::int64_t now_ns = clock_.steady_ns();
  if (now_ns >= look_at_ns_) {
    look_at_ns_ = now_ns + kLookIntervalNs;
    look_at_path();
  }
  leave_if_due();
  start_due_sync();
}

void RotatingFileSink::look_at_path() {
  const StandingResult found = look_at_active(*place_, *active_);
  if (found.standing == Standing::ours) {
    // Somebody may have truncated it (copytruncate) or appended to it.
    active_->size_bytes = found.status.size_bytes;
    return;
  }
  const bool may_change = change_backoff_.is_over(clock_.steady_ns()) && !buffer_.is_mid_record();
  if (may_change) (void)change_file();  // counted and told there
}

void RotatingFileSink::post_prepare_next() {
  if (is_preparing_ || rotator_.has_next()) return;
  is_preparing_ = true;
  port_.post([place = place_] { return prepare_next(*place); },
             [this](LogFileResult made) {
               is_preparing_ = false;
               // A failure is not told: the rotation tries once more, and tells if need be.
               if (made.log_file != nullptr) rotator_.keep_next(std::move(made.log_file));
             });
}

void RotatingFileSink::post_prune() {
  if (options_.retention.count_max == 0) return;
  port_.post([place = place_, options = options_.retention] { return prune(*place, options); },
             [this](const PruneOutcome& outcome) {
               stats_.prunes += outcome.removed;
               if (outcome.failure) tell("cannot prune: " + outcome.failure.text());
             });
}

SyncRequest RotatingFileSink::make_sync_request() const {
  return {.place = place_, .clock = &clock_};
}

void RotatingFileSink::post_retire(const std::shared_ptr<LogFile>& file) {
  SyncRequest request = make_sync_request();
  ledger_.cover_retiring(file, request);
  port_.post([request = std::move(request)] { return run_sync(request); },
             [this](const SyncOutcome& outcome) {
               // No old backup goes before the younger ones are safe.
               if (settle_sync(outcome)) post_prune();
             });
}

void RotatingFileSink::post_close(const std::shared_ptr<LogFile>& file) {
  SyncRequest request = make_sync_request();
  request.to_close = file;
  port_.post([request = std::move(request)] { return run_sync(request); },
             [this](const SyncOutcome& outcome) { (void)settle_sync(outcome); });
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
    sync_waiters_.push_back(std::move(done));  // that one began too early
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
  SyncRequest request = make_sync_request();
  ledger_.cover_all(active_, request);
  port_.post([request = std::move(request)] { return run_sync(request); },
             [this, dones = std::move(dones)](const SyncOutcome& outcome) {
               end_posted_sync(outcome, dones);
             });
}

void RotatingFileSink::end_posted_sync(const SyncOutcome& outcome,
                                       const std::vector<SyncDone>& dones) {
  is_sync_posted_ = false;
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
  for (const Failure& failure : failures) {
    ++stats_.sync_errors;
    tell("cannot " + failure.text());
  }
  const bool has_synced = !outcome.files.empty() || outcome.synced_names;
  if (has_synced) port_.sync_took(outcome.duration);
  if (has_synced && failures.empty()) ++stats_.syncs;
  if (!outcome.files.empty() && failures.empty()) suspect_backoff_.succeed();
  if (outcome.close_error) {
    ++stats_.write_errors;
    tell("cannot close a rotated file: " + outcome.close_error.message());
  }
  for (const auto& file : ledger_.release_held(outcome)) post_close(file);
  leave_if_due();
  return failures.empty() && !outcome.close_error;
}

}  // namespace lathe
