// SPDX-License-Identifier: MIT
//
// RotatingFileSink while writes fail: what it tells, and how it makes room on a full disk.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "sink/reclaim.hpp"
#include "sink/rotating_file_sink.hpp"

namespace lathe {

std::error_code RotatingFileSink::note_write_failure(std::error_code error) {
  // A new file is below the limit that this one has reached (RLIMIT_FSIZE, or the file system's).
  if (error == std::errc::file_too_large && active_->size_bytes > 0) is_change_wanted_ = true;
  if (error == std::errc::bad_file_descriptor) take_new_descriptor();
  reclaim_if_asked(error);
  if (!wants_retry()) {
    failing_since_ns_ = clock_.steady_ns();
    waited_records_ = 0;
    waited_bytes_ = 0;
    ++stats_.write_errors;
    tell(fmt::format("cannot write: {}; {} records wait", error.message(), buffer_.records()));
  }
  waited_records_ = std::max(waited_records_, buffer_.records());
  waited_bytes_ = std::max(waited_bytes_, buffer_.size_bytes());
  return error;
}

void RotatingFileSink::note_write_recovery() {
  if (!wants_retry()) return;
  const std::chrono::nanoseconds time(clock_.steady_ns() - failing_since_ns_);
  failing_since_ns_ = kNotFailing;
  is_reclaim_futile_ = false;
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(time);
  tell(
      fmt::format("writes again, after {} ms; {} records ({} bytes) waited here and are written; "
                  "nothing is lost",
                  milliseconds.count(), waited_records_, waited_bytes_));
}

// One pass at a time. When it is done, the backend's next try to write finds the room.
void RotatingFileSink::reclaim_if_asked(const std::error_code& error) {
  if (!options_.retention.reclaim || is_closing_ || is_reclaiming_ || is_reclaim_futile_) return;
  if (!is_lack_of_space(error)) return;
  is_reclaiming_ = true;
  ReclaimRequest request{
      .place = place_,
      .wanted_bytes = std::max<std::uint64_t>(buffer_.size_bytes(), kReclaimBytesMin),
      .own_open_files = ledger_.open_files()};
  request.own_open_files.push_back(active_->identity);
  port_.post([request = std::move(request)] { return reclaim(request); },
             [this](const ReclaimOutcome& outcome) { end_reclaim(outcome); });
}

void RotatingFileSink::end_reclaim(const ReclaimOutcome& outcome) {
  is_reclaiming_ = false;
  // Whoever holds the blocks (a snapshot, a second name), or eats what we free, would get all
  // backups for nothing. Until something could be written again, that was enough.
  is_reclaim_futile_ = !outcome.has_helped;
  std::uint64_t bytes = 0;
  for (const PruneEntry& entry : outcome.pruned.pruned) {
    bytes += entry.size_bytes;
    hooks_.file_pruned(place_->path_of(entry.name));
  }
  stats_.prunes += outcome.pruned.pruned.size();
  stats_.prune_errors += outcome.pruned.failures.size();
  for (const Failure& failure : outcome.pruned.failures) tell("cannot " + failure.text());
  if (outcome.pruned.pruned.empty()) return;
  tell(fmt::format("the disk is full: {} of the oldest backups are deleted to make room, {} bytes",
                   outcome.pruned.pruned.size(), bytes));
}

std::uint64_t RotatingFileSink::abandon() {
  failing_since_ns_ = kNotFailing;
  level_max_ = Level::trace;
  const std::uint64_t lost = buffer_.discard_all();
  header_rest_.clear();
  end_turn();
  return lost;
}

}  // namespace lathe
