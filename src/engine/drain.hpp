// SPDX-License-Identifier: MIT
//
// Drain: collects what is in the producer queues and cuts it into ordered batches of records.
// Does not know: threads, sinks, files.

#pragma once

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <lathe/record.hpp>
#include <lathe/stats.hpp>

#include "core/drain_gate.hpp"
#include "core/file_journal.hpp"
#include "core/stamp_calibration.hpp"
#include "engine/logger_table.hpp"
#include "os/clock.hpp"
#include "queue/pass_log.hpp"
#include "queue/producer_registry.hpp"
#include "queue/site_registry.hpp"
#include "queue/spool.hpp"

namespace lathe {

// One pass of the drain:
//
//   collect()                     look once at every queue
//   while next_batch() is not empty: give it to the sinks
//   (sinks hand the batch to the kernel)
//   release()                     only now the producers get their room back
//
// Order. Each queue is in the order of its stamps. A record is delivered when no queue can still
// bring an earlier one: one that has records left brings nothing before its first; one that ran
// empty brings nothing before its last stamp, nor before now - order_window, which is longer than
// any thread is taken to need from reading the clock to pushing. Since a full queue must not wait
// for idle threads, that hold-back ends when any queue is half full, and for flush (hurry): then an
// empty queue is taken to bring nothing from before the look; for flush, also one that was
// delivered and is empty at a second look. If it does, the record is late: written, and counted.
//
// Edges: E  the clock  R: note_calibration()  A: last_calibration()
//
// Threads:   backend thread only, but for the producers' side of the queues
// Cost:      no allocation once buffers have grown; records are read where they lie
// Tested by: DrainTest, BackendStressTest
class Drain {
 public:
  // Records in one batch. With their infos they stay in the L2 cache next to the queues.
  static constexpr std::size_t kBatchRecords = 1024;

  Drain(std::shared_ptr<ProducerRegistry> registry, const LoggerTable& loggers, const Clock& clock);

  // Where the batch that next_batch() has returned belongs in the pass; see FileJournal.
  [[nodiscard]] const BatchPlace& place() const noexcept { return place_; }

  // What is written now is none of a pass: lathe's own records.
  void leave_pass() noexcept { place_.is_numbered = false; }

  // What happens from now on is noted for whoever finds the spool, and for a crash handler.
  void use_spool(std::shared_ptr<Spool> spool);

  // The same for a crash handler alone.
  void use_private_log();

  // For a crash handler that has the gate.
  [[nodiscard]] DrainGate& gate() noexcept { return gate_; }
  [[nodiscard]] PassLog& pass_log() noexcept { return *pass_log_; }
  [[nodiscard]] StampCalibration last_calibration() const noexcept {
    return noted_[noted_count_.load(std::memory_order_acquire) % 2];  // A:E
  }

  void collect(bool hurry);
  [[nodiscard]] std::span<const Record> next_batch();
  void release();

  // mark() remembers everything that is in the queues now; reached_mark() is true once all of it
  // was released.
  void mark();
  [[nodiscard]] bool reached_mark() const noexcept;

  [[nodiscard]] bool is_empty();  // nothing in any queue

  // From one to the other, who pushes to a queue that is known wakes the backend.
  void begin_deep_sleep();
  void end_deep_sleep() noexcept;
  [[nodiscard]] bool is_busy() const noexcept { return busy_; }        // much came: do not pause
  [[nodiscard]] bool is_filling() const noexcept { return filling_; }  // look again sooner
  [[nodiscard]] bool is_holding() const noexcept { return holding_; }  // order_window holds some

  // Records of the program (not lathe's own) in the last batch, and in all that was released.
  [[nodiscard]] std::uint64_t batch_records() const noexcept { return batch_records_; }
  [[nodiscard]] std::uint64_t records_late() const noexcept { return records_late_; }
  [[nodiscard]] std::uint64_t high_water_bytes() const noexcept { return high_water_bytes_; }

  // Time since the first record of the last batch was logged.
  [[nodiscard]] std::int64_t batch_age_ns() const noexcept;
  [[nodiscard]] WallTime wall_time_now() const noexcept;

  // Gives up what is still queued; returns the number of records. For the end.
  [[nodiscard]] std::uint64_t discard_queued();

 private:
  // A queue as seen by the last look: [head, end) is not delivered yet.
  struct Cursor {
    std::shared_ptr<Producer> producer;
    const std::byte* head = nullptr;
    const std::byte* end = nullptr;
    std::size_t delivered_bytes = 0;   // since the last release
    std::uint64_t released_total = 0;  // bytes, ever
    std::uint64_t mark_total = 0;      // reached when released_total is as much
    bool retired = false;              // before the look, so the look saw everything
  };
  struct PackedText {
    std::size_t record;
    std::size_t offset;
    std::size_t size_bytes;
  };
  struct QuietDrop {
    std::size_t cursor;
    DropReport report;
  };

  void refresh_producers();
  void calibrate();
  void note_calibration() noexcept;
  [[nodiscard]] std::span<const Record> next_reports();
  [[nodiscard]] std::span<const Record> finish_batch();
  void look(Cursor& cursor, std::size_t index);
  [[nodiscard]] std::uint64_t empty_floor(const Cursor& cursor) const noexcept;
  [[nodiscard]] bool is_later(std::size_t a, std::size_t b) const noexcept;
  [[nodiscard]] std::uint64_t run_bound() const noexcept;
  void deliver(Cursor& cursor, std::uint64_t bound);
  void ran_empty(const Cursor& cursor) noexcept;
  void add_record(Cursor& cursor, const std::byte* at);
  void add_report(Cursor& cursor, const DropReport& report);
  void append_packed(const SiteEntry& site, std::span<const std::byte> payload);
  void append_drop_text(const DropReport& report);
  void start_batch();
  [[nodiscard]] bool free_heap_texts() noexcept;
  [[nodiscard]] WallTime wall_time(Producer& producer, std::uint64_t stamp) noexcept;
  [[nodiscard]] const LoggerInfo& logger_info(std::uint32_t number) {
    if (number >= logger_infos_.size()) [[unlikely]]
      learn_loggers(number);
    return *logger_infos_[number];
  }
  void learn_loggers(std::uint32_t number);

  // Constant after construction.
  const std::shared_ptr<ProducerRegistry> registry_;
  const LoggerTable& loggers_;
  const SiteRegistry& sites_ = SiteRegistry::instance();
  const Clock& clock_;
  const double ns_per_tick_;
  const std::uint64_t window_ticks_;

  StampCalibration calibration_;
  std::int64_t next_calibration_ns_ = 0;

  std::vector<Cursor> cursors_;
  std::vector<std::size_t> heads_;  // a heap of cursors with records, earliest first
  std::vector<QuietDrop> quiet_drops_;
  std::vector<const LoggerInfo*> logger_infos_;

  std::shared_ptr<Spool> spool_;  // may be null
  PassLog own_log_;               // keeps nothing until use_private_log()
  PassLog* pass_log_ = &own_log_;
  DrainGate gate_;
  std::array<StampCalibration, 2> noted_;  // written in turn
  std::atomic<std::uint32_t> noted_count_{0};
  BatchPlace place_;

  // Of the current look.
  std::uint64_t look_stamp_ = 0;
  std::uint64_t limit_ = 0;  // nothing later is delivered in this pass
  bool hurry_ = false;       // asked for, or a queue is half full
  bool is_asked_to_hurry_ = false;
  bool pass_done_ = false;
  bool busy_ = false;
  bool filling_ = false;
  bool holding_ = false;

  // Of the current batch.
  std::vector<Record> records_;
  std::vector<PassEntry> entries_;  // where its records are; noted when it is complete
  std::vector<PackedText> packed_;
  fmt::memory_buffer text_;
  std::vector<HeapText> heap_texts_;    // delivered large records, freed at release
  std::vector<SpoolText> spool_texts_;  // the same
  std::uint64_t batch_records_ = 0;
  std::uint64_t batch_first_stamp_ = 0;

  std::uint64_t last_stamp_ = 0;  // latest that was delivered
  std::uint64_t records_late_ = 0;
  std::uint64_t high_water_bytes_ = 0;
};

}  // namespace lathe
