// SPDX-License-Identifier: MIT
//
// RotatingFileSink: records to a file that rotates. It has the order of things; what to decide
// comes from core, how to do it from os.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include <lathe/options.hpp>
#include <lathe/sink.hpp>

#include "core/journaled_sink.hpp"
#include "core/pattern.hpp"
#include "core/rotation.hpp"
#include "core/rotation_schedule.hpp"
#include "os/clock.hpp"
#include "os/file_system.hpp"
#include "sink/backoff.hpp"
#include "sink/file_frame.hpp"
#include "sink/hook_runner.hpp"
#include "sink/host_port.hpp"
#include "sink/log_place.hpp"
#include "sink/reclaim.hpp"
#include "sink/record_buffer.hpp"
#include "sink/rotator.hpp"
#include "sink/sync_ledger.hpp"
#include "sink/turn.hpp"
#include "sink/upkeep.hpp"
#include "sink/write_journal.hpp"

namespace lathe {

// Renders batches into a block, writes whole blocks, and cuts them where a file is full.
//
// Every record is in exactly one file, whole, in order, unless the disk itself loses it. A failed
// write keeps its bytes and goes on at the very next one; a failed rotation keeps the old file,
// which then grows beyond its limit; a failed sync moves on to a new file, and writes there again
// what the former one may lose.
//
// Threads:   backend thread only; slow file work is posted to the janitor
// Lifetime:  `file_system` is used by the constructor alone, `clock` also by posted work
// Errors:    the constructor throws OptionError, or std::system_error with the path, and has
//            nothing open then
// Cost:      write(): Pattern::render and a few instructions for each record
// Tested by: RotatingFileSinkTest, RotatingFileSinkOpenTest, RotatingFileSinkSyncTest,
//            RotatingFileSinkFaultTest, RotatingFileSinkTimeTest, SharedFileTest,
//            RotatingFileSinkDurableTest, RotatingFileSinkSyncFaultTest
class RotatingFileSink final : public Sink, public JournaledSink {
 public:
  // How often the active name is compared with our file. One stat a second costs nothing, and
  // bounds what a program that moves the file away can lose sight of.
  static constexpr std::int64_t kLookIntervalNs = 1'000'000'000;

  // How often backups are looked over for limits that time alone can break (age_max,
  // free_bytes_min), and for those that stayed because somebody had them open. Arbitrary: soon
  // enough for limits in hours, and a listing a minute is nothing.
  static constexpr std::int64_t kUpkeepIntervalNs = 60'000'000'000;

  // When to look again at backups that wait to be packed because somebody has them open.
  static constexpr std::int64_t kPendingIntervalNs = 10'000'000'000;

  RotatingFileSink(RotatingFileOptions options, FileSystem& file_system, const Clock& clock);
  ~RotatingFileSink() override;

  RotatingFileSink(const RotatingFileSink&) = delete;
  RotatingFileSink& operator=(const RotatingFileSink&) = delete;

  void attach(SinkHost& host) override;
  std::error_code write(std::span<const Record> batch) override;
  std::error_code flush() override;
  std::error_code sync() override;
  void start_sync(std::function<void(std::error_code)> done) override;
  [[nodiscard]] Level wait_level() const override {
    return options_.sync.wait_level ? options_.sync.level_min : Level::off;
  }
  void tick() override;
  std::error_code rotate() override;
  std::error_code reopen() override;
  [[nodiscard]] bool wants_retry() const override { return failing_since_ns_ != kNotFailing; }
  std::uint64_t abandon() override;
  [[nodiscard]] SinkStats stats() const override;

  // JournaledSink (rotating_file_recovery.cpp):
  [[nodiscard]] SinkDescription description() const override;
  [[nodiscard]] std::uint32_t begin_recovery(FileJournal& journal, const SinkDescription& made_by,
                                             std::uint64_t pass) override;
  [[nodiscard]] std::error_code take(std::span<const Record> batch) override;
  void end_recovery(const std::string& told) override;

 private:
  using SyncDone = std::function<void(std::error_code)>;

  static constexpr std::int64_t kNotFailing = -1;
  static constexpr std::int64_t kNever = -1;

  // Writing (rotating_file_sink.cpp).
  [[nodiscard]] std::shared_ptr<LogFile> open_active();
  [[nodiscard]] char* make_room(std::size_t bytes);
  [[nodiscard]] std::error_code drain();
  [[nodiscard]] std::error_code drain_in_turn();
  [[nodiscard]] WriteResult write_next();
  [[nodiscard]] std::string_view next_bytes();
  [[nodiscard]] bool is_mid_line() const noexcept;
  [[nodiscard]] std::size_t bytes_for_active_file() const;
  void note_written(std::size_t bytes);
  void note_appended(std::size_t bytes, Level level);
  void close_all();
  void tell(const std::string& what) { port_.tell(options_.path + ": " + what); }

  // One file after another (rotating_file_change.cpp).
  [[nodiscard]] std::error_code begin_turn();
  void end_turn() noexcept;
  [[nodiscard]] std::error_code follow_others();
  [[nodiscard]] ActiveFile active_file(std::uint64_t size_bytes) const;
  [[nodiscard]] bool is_change_due();
  [[nodiscard]] bool is_period_over();
  [[nodiscard]] bool is_leaving_due() const;
  void change_if_due();
  Failure change_file();
  [[nodiscard]] LogFileResult rotate_active();
  void write_footer();
  void note_size(std::uint64_t bytes) noexcept;
  void note_change_failure(const Failure& failure);
  void switch_to(std::shared_ptr<LogFile> fresh);
  void look_at_path();

  // What an earlier process has left behind (rotating_file_recovery.cpp).
  void finish_block(FileJournal& journal, FileJournalEntry entry, const SinkDescription& made_by);
  void begin_line();
  void write_rest(FileJournal& journal, FileJournalEntry& entry, LogFile& file);
  // While writes fail (rotating_file_reclaim.cpp).
  std::error_code note_write_failure(std::error_code error);
  void note_write_recovery();
  void reclaim_if_asked(const std::error_code& error);
  void end_reclaim(const ReclaimOutcome& outcome);

  // What others have left (rotating_file_mend.cpp).
  void end_torn_line();
  void take_new_descriptor();
  [[nodiscard]] bool is_descriptor_ours();

  // Records whose sync failed (rotating_file_rescue.cpp).
  void take_up_suspect();
  void append_announcement(const Unsynced::Suspect& suspect, RecordBuffer& out);
  void give_up_suspect(std::uint64_t records, std::uint64_t bytes);
  void rescue();

  // What the janitor and the background thread do (rotating_file_upkeep.cpp).
  void post_retire(const std::shared_ptr<LogFile>& file);
  void post_upkeep();
  void end_upkeep(const UpkeepOutcome& outcome);
  void take_upkeep(const UpkeepOutcome& outcome);
  void post_prepare_next();
  void post_sync(std::vector<SyncDone> dones);
  void end_posted_sync(const SyncOutcome& outcome);
  void start_due_sync();
  [[nodiscard]] SyncRequest make_sync_request() const;
  bool settle_sync(const SyncOutcome& outcome);
  void post_close(const std::shared_ptr<LogFile>& file);
  void post_closing(SyncRequest request);

  // Constant after construction.
  RotatingFileOptions options_;
  const Clock& clock_;

  // Backend thread only.
  Level level_min_;
  Pattern pattern_;
  FileFrame frame_;
  RotationSchedule schedule_;
  std::shared_ptr<const LogPlace> place_;
  Turn turn_;
  std::shared_ptr<LogFile> active_;
  std::shared_ptr<LogFile> unmended_;  // active_, if it may end within somebody's line; else null
  Rotator rotator_;
  SyncLedger ledger_;
  HostPort port_;
  HookRunner hooks_;
  RecordBuffer buffer_;
  WriteJournal journal_;
  Level level_max_ = Level::trace;  // of the records in buffer_
  std::string header_rest_;         // of a header that is begun
  std::uint64_t given_ = 0;         // SinkHost::position() after the last write()
  std::uint64_t written_ = 0;       // the same when buffer_ was empty last
  bool is_draining_ = false;
  bool is_rescuing_ = false;  // records of suspect files are in buffer_, or not synced since
  SinkStats stats_;

  std::int64_t failing_since_ns_ = kNotFailing;  // first failed write of this episode
  std::size_t waited_records_ = 0;               // in it, at most at a time
  std::size_t waited_bytes_ = 0;
  Backoff change_backoff_;         // of failed changes to a new file
  Backoff suspect_backoff_;        // of changes because a sync failed: see is_leaving_due()
  Backoff rescue_backoff_;         // of records to be written again, as long as no sync works
  bool is_change_wanted_ = false;  // a rotation has failed, or the file takes no more
  std::int64_t look_at_ns_ = 0;    // when to look at the path again

  bool is_closing_ = false;           // nothing is changed or prepared any more
  bool is_preparing_ = false;         // a next file is being made
  bool is_sync_posted_ = false;       // at most one at a time
  std::vector<SyncDone> sync_dones_;  // of that one
  std::uint64_t posted_mark_ = 0;     // the same, see SyncRequest
  std::uint64_t posted_names_version_ = 0;
  std::vector<SyncDone> sync_waiters_;  // for the sync after that one

  std::optional<Pattern> own_pattern_;  // while pattern_ is that of another process
  std::size_t skip_bytes_ = 0;          // of the next line: they are in the file already
  std::vector<std::string> told_;       // before there was a host to tell it to

  std::shared_ptr<const UpkeepPlan> upkeep_plan_;  // null if there is nothing to keep up
  bool is_upkeep_posted_ = false;                  // at most one at a time
  bool is_upkeep_wanted_ = false;                  // once more after that one
  std::int64_t upkeep_at_ns_ = kNever;             // the next one by time
  Backoff pack_backoff_;

  bool is_reclaiming_ = false;      // backups are being deleted to make room
  bool is_reclaim_futile_ = false;  // that did not help, and nothing was written since
};

}  // namespace lathe
