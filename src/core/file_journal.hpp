// SPDX-License-Identifier: MIT
//
// FileJournal: what a file sink is about to write, kept where it outlives the process.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/drain_gate.hpp"

namespace lathe {

// Bytes of the block of lines that one write gets. Larger ones gained nothing in the measurements
// of the design; this one stays in the L2 cache.
inline constexpr std::size_t kJournalBlockBytes = std::size_t{256} * 1024;

// Where in the drain's work a batch belongs. Records are numbered within a pass; those that lathe
// makes itself have no number.
struct BatchPlace {
  std::uint64_t pass = 0;
  std::uint32_t first_record = 0;  // number of the batch's first record
  bool is_numbered = false;
};

// How far a sink's file is.
struct FileJournalEntry {
  // The lines of the first `records` records of `pass` are in the file, and `partial_bytes` of the
  // next one's, once the part of the block below is there.
  std::uint64_t pass = 0;
  std::uint32_t records = 0;
  std::uint32_t partial_bytes = 0;

  // What is being written: a part of the block to the end of a file of so many bytes. Empty:
  // nothing is; all of the above is in the file, which is named only if it ends within a record.
  std::uint64_t block_begin = 0;
  std::uint64_t block_bytes = 0;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size_bytes = 0;

  bool operator==(const FileJournalEntry&) const = default;
};

// In shared memory, zeros at first.
struct FileJournalState {
  std::atomic<std::uint64_t> count;  // entries so far; the last is at [(count - 1) % 2]
  std::array<FileJournalEntry, 2> entries;
  std::atomic<std::uint32_t> is_settled;  // all is written; nothing is left to recover
};

// The file that a sink writes to now, for a crash handler; see set_file().
struct JournaledFile {
  int descriptor = -1;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
};

// The lines that are to be written lie in the block, too, so that whoever finds it can tell how
// much of them is in the file, and write the rest, without making them anew.
//
// Edges: J  R: publish(), settle()  A: last(), is_settled(); of another process, when this is gone
//
// Threads:   one at a time
// Lifetime:  the memory, the BatchPlace and the gate outlive it
// Cost:      publish() is 64 bytes of stores; once for each write to the file
// Tested by: FileJournalTest
class FileJournal {
 public:
  // `gate` may be null: then no crash handler takes part.
  FileJournal(FileJournalState& state, std::span<char> block, const BatchPlace& place,
              DrainGate* gate = nullptr) noexcept
      : state_(state), block_(block), place_(place), gate_(gate) {}

  // In one step, as whoever reads it after our end will see.
  void publish(const FileJournalEntry& entry) noexcept {
    const std::uint64_t count = state_.count.load(std::memory_order_relaxed);  // our own
    state_.entries[count % 2] = entry;
    state_.count.store(count + 1, std::memory_order_release);  // R:J
  }
  [[nodiscard]] FileJournalEntry last() const noexcept {
    const std::uint64_t count = state_.count.load(std::memory_order_acquire);  // A:J
    return count == 0 ? FileJournalEntry{} : state_.entries[(count - 1) % 2];
  }

  void settle() noexcept { state_.is_settled.store(1, std::memory_order_release); }  // R:J
  [[nodiscard]] bool is_settled() const noexcept {
    return state_.is_settled.load(std::memory_order_acquire) != 0;  // A:J
  }

  [[nodiscard]] std::span<char> block() const noexcept { return block_; }

  // What the sink changes of its block and its file, it changes inside.
  [[nodiscard]] DrainGate* gate() const noexcept { return gate_; }

  void set_file(const JournaledFile& file) noexcept { file_ = file; }
  [[nodiscard]] const JournaledFile& file() const noexcept { return file_; }

  // Of the batch that the sink is given now.
  [[nodiscard]] const BatchPlace& place() const noexcept { return place_; }

 private:
  FileJournalState& state_;
  std::span<char> block_;
  const BatchPlace& place_;
  DrainGate* gate_;
  JournaledFile file_;
};

}  // namespace lathe
