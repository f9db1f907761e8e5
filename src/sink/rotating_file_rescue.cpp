// SPDX-License-Identifier: MIT
//
// What becomes of records whose file failed to sync: RotatingFileSink writes them once more, to a
// file that the kernel has no bad memories of.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sink/own_record.hpp"
#include "sink/record_copy.hpp"
#include "sink/rotating_file_sink.hpp"

namespace lathe {

// Puts the records of suspect files in front of what is to be written next, if there is a good file
// to write to. Where it cannot be done yet they are kept, and the next call does it.
void RotatingFileSink::take_up_suspect() {
  if (active_->is_suspect() || is_mid_line()) return;
  const Unsynced::Suspect suspect = ledger_.unsynced().suspect();
  if (suspect.files.empty()) return;
  if (suspect.kept_records > 0) {
    // Where no sync works, what is written again is suspect again, and may fill files that are
    // rotated for it: without a pause that would go on for ever, and retention would delete all
    // that is good.
    const std::int64_t now_ns = clock_.steady_ns();
    if (!rescue_backoff_.is_over(now_ns)) return;
    rescue_backoff_.fail(now_ns);
    // It may well outgrow the journal's block, so it lies elsewhere until it is empty.
    RecordBuffer fresh;
    fresh.set_first_mark(buffer_.position_at(0).mark);
    append_announcement(suspect, fresh);
    ledger_.unsynced().copy_suspect(fresh);
    for (std::size_t begin = 0, i = 0; i < buffer_.records(); ++i) {
      const std::size_t end = buffer_.bytes_through(i);
      append_record(fresh, buffer_.front(end).substr(begin), buffer_.mark_of(i));
      begin = end;
    }
    buffer_ = std::move(fresh);
    written_ = std::min(written_, suspect.position);
    is_rescuing_ = true;
  }
  give_up_suspect(suspect.other_records, suspect.other_bytes);
}

void RotatingFileSink::append_announcement(const Unsynced::Suspect& suspect, RecordBuffer& out) {
  std::string names;
  for (const auto& file : suspect.files) {
    const std::string& name = file->backup_name;
    names += (names.empty() ? "" : ", ") + (name.empty() ? "a file that was moved away" : name);
  }
  const std::string text = fmt::format(
      "sync of {} failed: {}; what follows is in {}, too, and is written again; records: {}", names,
      suspect.files.front()->sync_error.message(), suspect.files.size() == 1 ? "it" : "them",
      suspect.kept_records);
  const Record record = make_own_record(clock_.wall_ns(), Level::warn, text);
  std::string line(pattern_.bound(record), '\0');
  const char* const end = pattern_.render(record, line.data());
  line.resize(static_cast<std::size_t>(end - line.data()));
  append_record(out, line);
}

// Those that are not in memory are counted and told, since nothing can be done for them.
void RotatingFileSink::give_up_suspect(std::uint64_t records, std::uint64_t bytes) {
  ledger_.unsynced().forget_suspect();
  if (records == 0) return;
  stats_.records_at_risk += records;
  tell(
      fmt::format("{} records ({} bytes) may be lost in a power cut: their sync failed, and they "
                  "are not kept in memory (sync.retain_bytes_max)",
                  records, bytes));
}

// Writes and syncs what take_up_suspect() has to say.
void RotatingFileSink::rescue() {
  if (is_draining_) return;  // it does so itself
  take_up_suspect();
  if (!is_rescuing_ || wants_retry() || is_closing_) return;
  if (drain()) return;  // told there; the backend tries again, and tick() comes here again
  is_rescuing_ = false;
  if (!is_sync_posted_) post_sync({});
}

}  // namespace lathe
