// SPDX-License-Identifier: MIT
//
// WriteJournal: how RotatingFileSink notes what it is about to write.

#pragma once

#include <cstdint>
#include <string_view>

#include "core/file_journal.hpp"
#include "sink/log_place.hpp"
#include "sink/record_buffer.hpp"

namespace lathe {

// Between two writes, the journal says how many records are in the file. Before a write, it says
// also what is to be written where; whoever finds that compares the file with it.
//
// Without a journal, nothing of this does anything.
//
// Threads:   backend thread only
// Lifetime:  the journal outlives its use
// Tested by: FileRecoveryTest
class WriteJournal {
 public:
  // From now on; null for none. Only while the buffer is empty.
  void use(FileJournal* journal, RecordBuffer& buffer) noexcept;

  // Null for none; see there.
  [[nodiscard]] DrainGate* gate() const noexcept {
    return journal_ == nullptr ? nullptr : journal_->gate();
  }

  // Tells which file is written to from now on.
  void set_file(const LogFile& file) noexcept;

  [[nodiscard]] BatchPlace place() const noexcept {
    return journal_ == nullptr ? BatchPlace{} : journal_->place();
  }

  // Before the lines of a batch go to the buffer; their marks are numbers of its pass. What is in
  // the buffer still, as records that are written again after a failed sync, is no part of it. Be
  // inside the gate.
  void begin_batch(RecordBuffer& buffer) noexcept;

  // `bytes` is the front of the buffer. Returns how many of them may be written at once.
  [[nodiscard]] std::size_t before_write(const RecordBuffer& buffer, std::size_t bytes,
                                         const LogFile& file) noexcept;

  // What was written is consumed. From before_write() to the write itself, be inside the gate; not
  // here. Lines that lie elsewhere go to the block again from the next on.
  void after_write(RecordBuffer& buffer, const LogFile& file) noexcept;

 private:
  [[nodiscard]] FileJournalEntry entry_at(const RecordBuffer& buffer,
                                          std::size_t bytes) const noexcept;

  FileJournal* journal_ = nullptr;
  std::uint64_t pass_ = 0;  // of the buffer's marks; that of the place may be the next one already
};

}  // namespace lathe
