// SPDX-License-Identifier: MIT
//
// CrashFile: how a crash handler goes on writing a sink's file in place of the sink.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <lathe/record.hpp>

#include "core/file_journal.hpp"
#include "core/pattern.hpp"
#include "core/sink_description.hpp"

namespace lathe {

// Does to the file and its journal what a recovery would do, so that whoever is killed at it leaves
// a journal that is true, too. It neither rotates nor writes a header, and leaves alone
//
//   * a file that several processes share: its turn may be another's
//   * a file that is not, or does not end, as the journal has it
//   * a line that was begun and is not all in the block: it would have to be made again to the byte
//
// Threads:   construction and refresh_zone: the backend thread; the rest: a crash handler that has
//            the DrainGate. Takes no lock and no memory
// Lifetime:  the journal outlives it
// Tested by: CrashFileTest
class CrashFile {
 public:
  CrashFile(FileJournal& journal, const SinkDescription& description);

  // Local time is as far ahead of UTC as it was then.
  void refresh_zone(std::int64_t utc_s);

  // Completes what was being written, and goes on with `pass`.
  void begin(std::uint64_t pass) noexcept;

  // The next pass: what was written is not only written, but released, too.
  void begin_next(std::uint64_t pass) noexcept;

  // False once something cannot be written, and all that follows must not be.
  [[nodiscard]] bool is_writing() const noexcept { return is_writing_; }

  // The number in the pass of the record that add() wants next.
  [[nodiscard]] std::uint32_t next() const noexcept { return next_; }

  // Those whose lines are in the file for sure.
  [[nodiscard]] std::uint32_t written() const noexcept { return written_; }

  // Renders into `room`, which a line must fit in.
  void add(const Record& record, std::span<char> room) noexcept;
  void flush() noexcept;

  // Writes what was added, and then nothing more.
  void end() noexcept;

 private:
  [[nodiscard]] bool finish_block(FileJournalEntry entry) noexcept;
  [[nodiscard]] bool write_entry(FileJournalEntry entry) noexcept;
  [[nodiscard]] bool ends_with_a_line() const noexcept;
  void write_long(std::string_view line) noexcept;
  [[nodiscard]] std::uint64_t file_size() const noexcept;

  // Constant after construction.
  FileJournal& journal_;
  const SinkDescription description_;

  Pattern pattern_;
  std::atomic<std::int64_t> offset_s_{0};  // relaxed: just a number

  bool is_writing_ = false;
  std::uint64_t pass_ = 0;
  std::uint32_t next_ = 0;
  std::uint32_t written_ = 0;
  std::size_t used_bytes_ = 0;  // of the block: lines that are not written
};

}  // namespace lathe
