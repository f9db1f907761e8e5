// SPDX-License-Identifier: MIT
//
// Unsynced: what was written and is not known to be on the device, in the order of writing.
// Does not know: system calls, policies, messages.

#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sink/log_place.hpp"
#include "sink/record_buffer.hpp"

namespace lathe {

// A row of spans, oldest first. A span is what one file got between the starts of two syncs:
//
//   | app.log.<stamp>, 3 records | app.log, 10 records | app.log, 2 records ... |
//     its sync is under way        covered by that, too  begun since
//
// A sync that succeeds takes the spans away that were there when it began, of the files that it
// covered. What lies before the first span is durable.
//
// Positions are those of SinkHost::position(): numbers of records.
//
// Threads:   thread-compatible
// Cost:      add(): a few instructions for each record
// Tested by: UnsyncedTest, RotatingFileSinkDurableTest
class Unsynced {
 public:
  // The next `bytes` of `buffer` were written to `file`; whatever is before `position` was written
  // earlier. Call it before they are consumed.
  void add(const std::shared_ptr<LogFile>& file, const RecordBuffer& buffer, std::size_t bytes,
           std::uint64_t position);

  // A sync begins. Returns what to give to note_synced(): the last span that it covers.
  [[nodiscard]] std::uint64_t begin_sync() noexcept;

  // `file` is on the device up to the span `mark`, and so will be its name with that version.
  void note_synced(const std::shared_ptr<LogFile>& file, std::uint64_t mark,
                   std::uint64_t names_version) noexcept;

  // Names up to that version are on the device: forgets the spans that were waiting for it.
  void note_names_durable(std::uint64_t names_version);

  // All records before this one are on the device, if all before `written` are in a file.
  [[nodiscard]] std::uint64_t durable_position(std::uint64_t written) const noexcept {
    return spans_.empty() ? written : spans_.front().begin_position;
  }

 private:
  struct Span {
    std::shared_ptr<LogFile> file;
    std::uint64_t number = 0;          // ascending, from 1
    std::uint64_t begin_position = 0;  // of records: all before it are in earlier spans
    std::uint64_t records = 0;         // that end in it
    std::uint64_t names_version = 0;   // once its contents are durable: the names it still needs
    bool is_open = true;               // more may be added
    bool is_mid_record = false;        // it ends within one
  };

  [[nodiscard]] Span& open_span(const std::shared_ptr<LogFile>& file, std::uint64_t position);

  std::vector<Span> spans_;
  std::uint64_t last_number_ = 0;
};

}  // namespace lathe
