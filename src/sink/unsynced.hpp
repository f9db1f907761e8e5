// SPDX-License-Identifier: MIT
//
// Unsynced: what was written and is not known to be on the device, in the order of writing.
// Does not know: system calls, policies, messages.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
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
// Spans also keep the bytes themselves, as far as `kept_bytes_max` allows, to write them again when
// their file turns out to be suspect (see LogFile). A span is kept whole or not at all: so what is
// kept is whole records, and the count of the others is exact.
//
// Positions are those of SinkHost::position(): numbers of records.
//
// Threads:   thread-compatible
// Errors:    a span for which there is no memory is not kept
// Cost:      add(): a few instructions for each record, and a copy of the bytes that are kept
// Tested by: UnsyncedTest, RotatingFileSinkDurableTest
class Unsynced {
 public:
  explicit Unsynced(std::uint64_t kept_bytes_max) noexcept : kept_bytes_max_(kept_bytes_max) {}

  // The next `bytes` of `buffer` were written to `file`; whatever is before `position` was written
  // earlier. Call it before they are consumed.
  void add(const std::shared_ptr<LogFile>& file, const RecordBuffer& buffer, std::size_t bytes,
           std::uint64_t position);

  // What suspect files hold that is not known to be on the device.
  struct Suspect {
    std::vector<std::shared_ptr<LogFile>> files = {};  // each of them, the oldest first
    std::uint64_t position = 0;                        // all records before it are somewhere else
    std::uint64_t kept_records = 0;
    std::uint64_t kept_bytes = 0;
    std::uint64_t other_records = 0;  // that are not kept
    std::uint64_t other_bytes = 0;
  };
  [[nodiscard]] Suspect suspect() const;

  // Adds the suspect records that are kept to `out`, in their order.
  void copy_suspect(RecordBuffer& out) const;

  // Forgets all spans of suspect files. What is added next goes into a new span, since it may be
  // the same records again.
  void forget_suspect();

  // A sync begins. Returns what to give to note_synced(): the last span that it covers.
  [[nodiscard]] std::uint64_t begin_sync() noexcept;

  // `file` is on the device up to the span `mark`, and so will be its name with that version.
  void note_synced(const std::shared_ptr<LogFile>& file, std::uint64_t mark,
                   std::uint64_t names_version) noexcept;

  // Names up to that version are on the device: forgets the spans that were waiting for it.
  void note_names_durable(std::uint64_t names_version);

  // All records before this one are on the device, if all before `written` are in a file.
  [[nodiscard]] std::uint64_t durable_position(std::uint64_t written) const noexcept {
    for (const Span& span : spans_) written = std::min(written, span.begin_position);
    return written;
  }

 private:
  struct Span {
    std::shared_ptr<LogFile> file;
    std::uint64_t number = 0;          // ascending, from 1
    std::uint64_t begin_position = 0;  // of records: all before it are in earlier spans
    std::uint64_t records = 0;         // that end in it
    std::uint64_t bytes = 0;
    std::uint64_t names_version = 0;  // once its contents are durable: the names it still needs
    bool is_open = true;              // more may be added
    bool is_mid_record = false;       // it ends within one

    bool is_kept = true;
    std::string text = {};               // all of it
    std::vector<std::size_t> ends = {};  // in `text`, behind each record
  };

  [[nodiscard]] Span& open_span(const std::shared_ptr<LogFile>& file, std::uint64_t position);
  void keep(Span& span, const RecordBuffer& buffer, std::size_t bytes, std::size_t records);
  void stop_keeping(Span& span) noexcept;
  void take_memory(Span& span) noexcept;

  template <class Predicate>
  void erase_spans(Predicate is_done) {
    for (Span& span : spans_) {
      if (!is_done(span)) continue;
      kept_bytes_ -= span.text.size();
      take_memory(span);
    }
    std::erase_if(spans_, is_done);
  }

  const std::uint64_t kept_bytes_max_;
  std::vector<Span> spans_;
  std::uint64_t kept_bytes_ = 0;  // of all spans
  std::string spare_text_;        // memory for the next span
  std::vector<std::size_t> spare_ends_;
  std::uint64_t last_number_ = 0;
};

}  // namespace lathe
