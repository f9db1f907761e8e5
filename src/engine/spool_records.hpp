// SPDX-License-Identifier: MIT
//
// SpoolRecords: the records in a dead process's spool that are not known to be written, in order.

#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <lathe/record.hpp>

#include "engine/spool_reader.hpp"

namespace lathe {

// First those of the pass that was under way, in the order in which the sinks got them, then the
// rest, merged by time stamp. So the order is the same each time the spool is read, and each sink's
// journal can say by one number how far it is: see FileJournalEntry::records.
//
// Threads:   thread-compatible
// Lifetime:  the reader outlives it
// Errors:    the constructor throws SpoolError where queues and pass log contradict each other
// Tested by: RecoveryTest
class SpoolRecords {
 public:
  static constexpr std::size_t kBatchRecords = 1024;

  explicit SpoolRecords(SpoolReader& reader);

  // What a journal's numbers have to belong to.
  [[nodiscard]] std::uint64_t pass() const noexcept { return pass_; }

  [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }

  // Deferred ones from there on that only the program that made them can format.
  [[nodiscard]] std::size_t count_unreadable(std::size_t first) const;

  // Some records from the first-th on; none at the end. Valid until the next call.
  [[nodiscard]] std::span<const Record> batch(std::size_t first);

 private:
  struct Item {
    const std::byte* at;  // null: it was in no spool, and is lost
    const SpoolProducer* producer;
  };
  struct PackedText {
    std::size_t record;
    std::size_t offset;
    std::size_t size_bytes;
  };
  struct Cursor {
    SpoolProducer* producer;
    std::span<const std::byte> left;
  };

  [[nodiscard]] std::vector<Cursor> make_cursors();
  void take_pass(std::vector<Cursor>& cursors);
  void skip_pass(std::vector<Cursor>& cursors);
  void merge(std::vector<Cursor>& cursors);
  [[nodiscard]] bool is_next(const Cursor& cursor, std::uint32_t offset) const;
  void add_record(const Item& item);
  void add_text(std::string_view text);

  SpoolReader& reader_;
  std::uint64_t pass_ = 0;
  std::vector<Item> items_;

  // Of the current batch.
  std::vector<Record> records_;
  std::vector<PackedText> packed_;
  fmt::memory_buffer text_;
};

}  // namespace lathe
