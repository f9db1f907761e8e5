// SPDX-License-Identifier: MIT
//
// CrashDrain: how the records of one backend come into its files when the process crashes.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include <lathe/record.hpp>

#include "core/report_text.hpp"
#include "core/stamp_calibration.hpp"
#include "engine/crash_file.hpp"
#include "engine/drain.hpp"
#include "engine/logger_table.hpp"
#include "queue/producer_registry.hpp"

namespace lathe {

// Memory that a handler needs, made beforehand; for one backend after the other.
struct CrashScratch {
  // Longest line that is written, arbitrary: a message of record_bytes_max whose bytes are all
  // escaped, twice over. Memory that is not used is not there.
  static constexpr std::size_t kLineBytes = std::size_t{8} << 20;

  // A queue, and what of it is not taken yet.
  struct Cursor {
    Producer* producer = nullptr;
    const std::byte* at = nullptr;
    const std::byte* end = nullptr;
    std::size_t taken_bytes = 0;  // and not released
    bool is_stopped = false;      // at a record that a handler cannot make
  };
  std::vector<Cursor> cursors = std::vector<Cursor>(ProducerRegistry::kTableSize);
  std::unique_ptr<char[]> line = std::make_unique_for_overwrite<char[]>(kLineBytes);
};

// What is not in the files.
struct CrashOutcome {
  std::uint64_t left = 0;            // records at most, drop reports too
  const char* spool_path = nullptr;  // where they are kept; null: nowhere
};

// First the backend thread is asked: it can do all that it always does. If it is the one that has
// crashed, or does not answer (it waits for malloc, for a lock of the crashed thread, or in a
// sink), the handler takes its place: see DrainGate. Then the notes for a recovery tell what is
// written, and the handler goes on from there as a recovery would, and keeps the notes true. So
// whatever it leaves, and wherever it is killed itself, the next start writes the rest, if there is
// a spool.
//
// The handler writes text. It leaves: deferred records, for their formatters are the program's, and
// what the same thread logged after them; files of several processes; and what CrashFile leaves. If
// the thread is inside the gate, in a write that does not come back, everything is left.
//
// Edges: X  R: ask(), answer()  A: is_asked(), wait_for_answer()
//
// Threads:   see the banners
// Lifetime:  what it is made of outlives it; see CrashRow for its own end
// Tested by: CrashHandlerTest
class CrashDrain {
 public:
  // `stepper` is the thread that empties the queues, if it is known by now.
  CrashDrain(Drain& drain, ProducerRegistry& registry, const LoggerTable& loggers,
             const std::atomic<std::thread::id>& stepper, bool has_thread);

  // --- backend thread ---

  void add_file(FileJournal& journal, const SinkDescription& description);
  void refresh_zone(std::int64_t utc_s);

  // The number of the last ask(); 0 if there was none.
  [[nodiscard]] std::uint32_t asked() const noexcept {
    return asked_.load(std::memory_order_acquire);  // A:X
  }
  [[nodiscard]] bool is_asked() const noexcept {
    return asked() != answered_.load(std::memory_order_relaxed);  // our own
  }
  // All that was accepted before that ask() is written.
  void answer(std::uint32_t number) noexcept;

  // After it: a write that is under way when the process ends might be cut short. So the thread
  // waits a while for the end, or for the next ask().
  void hold(std::uint32_t number) const noexcept;

  // --- in a signal handler ---

  [[nodiscard]] bool is_inherited() const noexcept;  // the parent's, in a child of fork
  void ask() noexcept;
  [[nodiscard]] bool wait_for_answer(std::int64_t until_ns) const noexcept;
  [[nodiscard]] CrashOutcome take_over(CrashScratch& scratch, std::int64_t until_ns) noexcept;

 private:
  using Cursor = CrashScratch::Cursor;

  [[nodiscard]] bool is_own_thread() const noexcept;
  [[nodiscard]] bool close_gate(std::int64_t until_ns) noexcept;
  void list_queues(CrashScratch& scratch) noexcept;
  [[nodiscard]] bool write_pass(CrashScratch& scratch) noexcept;
  void leave_pass() noexcept;
  void write_rest(CrashScratch& scratch, std::int64_t until_ns) noexcept;
  [[nodiscard]] bool start_next_pass() noexcept;
  void write(const Cursor& cursor, std::uint32_t number, CrashScratch& scratch) noexcept;
  [[nodiscard]] bool make_record(const Cursor& cursor, Record& record) noexcept;
  [[nodiscard]] Cursor* find(std::uint32_t chunk, std::uint32_t offset) noexcept;
  [[nodiscard]] Cursor* earliest() noexcept;
  [[nodiscard]] bool is_writing() const noexcept;
  [[nodiscard]] CrashOutcome outcome(std::uint32_t taken) noexcept;

  // Constant after construction.
  Drain& drain_;
  ProducerRegistry& registry_;
  const LoggerTable& loggers_;
  const std::atomic<std::thread::id>& stepper_;
  const bool has_thread_;
  const std::uint32_t process_id_;

  std::deque<CrashFile> files_;
  std::int64_t zone_since_s_ = 0;  // backend thread only

  std::atomic<std::uint32_t> asked_{0};
  std::atomic<std::uint32_t> answered_{0};

  // In the handler only.
  bool is_taken_over_ = false;  // for good
  std::span<Cursor> cursors_;
  StampCalibration calibration_{1.0};
  DropTextRoom drop_room_{};
};

}  // namespace lathe
