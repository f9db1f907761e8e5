// SPDX-License-Identifier: MIT
//
// RotatingFileSink and a file that somebody else has left in disorder: a line without its end, a
// descriptor that was closed under our hands.

#include <utility>

#include "sink/rotating_file_sink.hpp"
#include "sink/torn_tail.hpp"

namespace lathe {

// Before the first bytes go to a file that was there already; the turn is ours. Once for each file,
// so that it is told once, and what somebody else does to it later is his.
void RotatingFileSink::end_torn_line() {
  const std::shared_ptr<LogFile> unmended = std::exchange(unmended_, nullptr);
  if (unmended != active_ || options_.line_end.empty()) return;
  TornTail tail = look_at_tail(*place_, *active_, options_.line_end);
  if (tail.failure) {
    // An empty line harms nobody; half a line in front of a record would hide it.
    header_rest_ = options_.line_end;
    tell("cannot " + tail.failure.text() +
         ", to see whether its last line has an end; gave it one");
  } else if (!tail.missing.empty()) {
    header_rest_ = std::move(tail.missing);
    tell("its last line was cut short, as by a process that was killed while it wrote; ended it");
  }
}

// The program has closed our descriptor, and what has its number by now is not ours to write to, to
// sync or to close. What was written through it can be synced by nobody any more.
void RotatingFileSink::take_new_descriptor() {
  const std::shared_ptr<LogFile> old = active_;
  old->file->forget();
  LogFileResult opened = place_->open(place_->names().active, OpenMode::append_or_create);
  if (opened.failure) return;  // the episode is told; the next try comes here again
  const std::error_code suspicion = old->sync_error;
  old->sync_error = std::make_error_code(std::errc::bad_file_descriptor);
  active_ = std::move(opened.log_file);
  journal_.set_file(*active_);
  if (active_->identity.is_same_file(old->identity)) {
    active_->header_bytes = old->header_bytes;
    active_->sync_error = suspicion;
  } else {
    ledger_.note_names_changed();
  }
  tell("somebody in this program has closed its descriptor; opened it again");
}

// A number that was closed and used again takes writes without an error.
bool RotatingFileSink::is_descriptor_ours() {
  const StatusResult found = active_->file->status();
  if (found.error) return found.error != std::errc::bad_file_descriptor;
  return found.status.is_same_file(active_->identity);
}

}  // namespace lathe
