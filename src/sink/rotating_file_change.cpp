// SPDX-License-Identifier: MIT
//
// From one file to the next: the part of RotatingFileSink that rotates, follows and reopens.

#include <fmt/format.h>

#include <utility>

#include "sink/rotating_file_sink.hpp"

namespace lathe {

std::error_code RotatingFileSink::rotate() {
  if (const std::error_code error = drain()) return error;
  if (const std::error_code error = begin_turn()) return error;
  std::error_code error;
  if (active_file(active_->size_bytes).has_records()) error = change_file().error;
  end_turn();
  return error;
}

std::error_code RotatingFileSink::reopen() {
  if (const std::error_code error = drain()) return error;
  if (const std::error_code error = begin_turn()) return error;
  const StandingResult found = look_at_active(*place_, *active_);
  std::error_code error;
  if (found.standing != Standing::ours) error = change_file().error;
  end_turn();
  return error;
}

// A shared file may have been rotated, and has grown, since our last turn.
std::error_code RotatingFileSink::begin_turn() {
  if (turn_.is_held()) return {};
  if (const std::error_code error = turn_.take()) return error;
  const std::error_code error = follow_others();
  if (error) turn_.give_back();
  return error;
}

// Kept where the file ends within a line: what others wrote now would be inside it.
void RotatingFileSink::end_turn() noexcept {
  if (!is_mid_line()) turn_.give_back();
}

std::error_code RotatingFileSink::follow_others() {
  const StandingResult found = look_at_active(*place_, *active_);
  if (found.standing == Standing::ours) {
    // Whoever has let go of the turn has ended his line, unless he was killed.
    if (found.status.size_bytes > active_->size_bytes) unmended_ = active_;
    note_size(found.status.size_bytes);
    return {};
  }
  if (found.standing == Standing::unknown) return found.failure.error;
  if (found.standing == Standing::refused) {  // none of us has put a link or directory there
    if (change_backoff_.is_over(clock_.steady_ns())) note_change_failure(found.failure);
    return {};
  }
  LogFileResult opened = place_->open(place_->names().active, OpenMode::append_or_create);
  if (opened.failure) return opened.failure.error;
  switch_to(std::move(opened.log_file));
  const FileStatus& status = active_->identity;
  schedule_.start(clock_.wall_ns(),
                  status.size_bytes > 0 ? std::optional(status.modified_ns) : std::nullopt);
  return {};
}

ActiveFile RotatingFileSink::active_file(std::uint64_t size_bytes) const {
  return {.size_bytes = size_bytes,
          .header_bytes = active_->header_bytes,
          .footer_bytes = frame_.footer_bytes_max()};
}

// Others may have appended or truncated (copytruncate).
void RotatingFileSink::note_size(std::uint64_t bytes) noexcept {
  active_->size_bytes = bytes;
  if (bytes < active_->header_bytes) active_->header_bytes = 0;
}

// A record is never divided between files. The turn must be held.
bool RotatingFileSink::is_change_due() {
  if (is_mid_line()) return false;
  const std::size_t incoming = buffer_.is_empty() ? 0 : buffer_.bytes_through(0);
  const ActiveFile file = active_file(active_->size_bytes);
  if (!should_rotate(options_.rotation, file, incoming) && !is_leaving_due() && !is_period_over()) {
    return false;
  }
  return change_backoff_.is_over(clock_.steady_ns());
}

bool RotatingFileSink::is_period_over() {
  if (schedule_.is_empty()) return false;
  const std::int64_t now_ns = clock_.wall_ns();
  if (!schedule_.is_due(now_ns)) return false;
  if (active_file(active_->size_bytes).has_records()) return true;
  schedule_.begin_period(now_ns);  // an empty file stands for the next period, too
  return false;
}

// A rotation that failed before, a file that takes no more, or one that failed to sync. The last
// has its own back-off: on a dying disk, a new file for every failed sync would soon make
// retention delete all that was good.
bool RotatingFileSink::is_leaving_due() const {
  if (is_change_wanted_) return true;
  return active_->is_suspect() && suspect_backoff_.is_over(clock_.steady_ns());
}

// What is due without a record that comes: by time, or after a failure.
void RotatingFileSink::change_if_due() {
  if (is_closing_ || !buffer_.is_empty() || is_mid_line() ||
      (!is_leaving_due() && !is_period_over()))
    return;
  if (!change_backoff_.is_over(clock_.steady_ns())) return;
  if (begin_turn()) return;                  // the next write meets it again, and tells
  if (is_change_due()) (void)change_file();  // counted and told there
  end_turn();
}

// Rotates; or, where somebody else has moved our file away, just goes on in a new one.
Failure RotatingFileSink::change_file() {
  const std::int64_t start_ns = clock_.steady_ns();
  StandingResult found = look_at_active(*place_, *active_);
  const bool is_ours = found.standing == Standing::ours;
  if (is_ours) note_size(found.status.size_bytes);
  if (is_ours && active_->size_bytes == 0 && !active_->is_suspect()) {
    is_change_wanted_ = false;  // truncated by somebody: nothing to rotate
    return {};
  }
  LogFileResult fresh;
  switch (found.standing) {
    case Standing::ours:
      fresh = rotate_active();
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
    is_change_wanted_ = is_change_wanted_ || is_ours;
    note_change_failure(fresh.failure);
    return fresh.failure;
  }
  if (is_ours) write_footer();
  switch_to(std::move(fresh.log_file));
  schedule_.begin_period(clock_.wall_ns());
  if (is_ours) {
    ++stats_.rotations;
    port_.rotation_took(std::chrono::nanoseconds(clock_.steady_ns() - start_ns));
  } else {
    tell("was moved or deleted by somebody; going on in a new file");
  }
  hooks_.file_opened(options_.path);
  take_up_suspect();
  return {};
}

LogFileResult RotatingFileSink::rotate_active() {
  if (turn_.is_shared()) {
    if (Failure failure = rotator_.look_for_others()) return {.failure = std::move(failure)};
  }
  std::int64_t stamp_ns = clock_.wall_ns();
  if (options_.naming.stamp == NameStamp::period_start) {
    stamp_ns = schedule_.period_start_ns().value_or(stamp_ns);
  }
  LogFileResult fresh = rotator_.rotate(stamp_ns);
  if (!fresh.failure) {
    active_->backup_name = rotator_.last_backup();
    hooks_.file_rotated(place_->path_of(active_->backup_name));
  }
  return fresh;
}

// To the file that has just got its backup name. It is no record: one attempt.
void RotatingFileSink::write_footer() {
  std::string rest = frame_.footer(clock_.wall_ns());
  while (!rest.empty()) {
    const WriteResult result = active_->file->write(rest);
    stats_.bytes_written += result.written_bytes;
    rest.erase(0, result.written_bytes);
    if (!result.error && result.written_bytes > 0) continue;
    ++stats_.write_errors;
    tell("cannot write the footer: " +
         (result.error ? result.error.message() : "nothing was written"));
    return;
  }
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
  journal_.set_file(*active_);
  if (active_->size_bytes > 0) unmended_ = active_;
  if (old->is_suspect()) suspect_backoff_.fail(clock_.steady_ns());
  is_change_wanted_ = false;
  change_backoff_.succeed();
  ledger_.note_names_changed();
  const std::shared_ptr<LogFile> retired = ledger_.retire(std::move(old));
  // The next file first: it is wanted soonest, and takes the least time.
  post_prepare_next();
  if (retired != nullptr) {
    post_retire(retired);  // which asks for upkeep after it
  } else {
    post_upkeep();
  }
}

void RotatingFileSink::look_at_path() {
  if (turn_.is_shared()) {
    if (begin_turn()) return;
    if (!is_descriptor_ours()) take_new_descriptor();
    end_turn();  // a failure comes again with the next write, and is told there
    return;
  }
  if (!is_descriptor_ours()) take_new_descriptor();
  const StandingResult found = look_at_active(*place_, *active_);
  if (found.standing == Standing::ours) {
    note_size(found.status.size_bytes);
    return;
  }
  const bool may_change = change_backoff_.is_over(clock_.steady_ns()) && !is_mid_line();
  if (may_change) (void)change_file();  // counted and told there
}

}  // namespace lathe
