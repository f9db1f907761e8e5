// SPDX-License-Identifier: MIT
//
// BackendCore: what a Backend is made of; tests make one with a clock of their own.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include <lathe/options.hpp>
#include <lathe/sink.hpp>
#include <lathe/sinks.hpp>
#include <lathe/stats.hpp>

#include "core/commit_group.hpp"
#include "core/file_journal.hpp"
#include "engine/complaints.hpp"
#include "engine/crash_drain.hpp"
#include "engine/drain.hpp"
#include "engine/janitor.hpp"
#include "engine/logger_table.hpp"
#include "engine/requests.hpp"
#include "engine/sink_row.hpp"
#include "engine/thread_end.hpp"
#include "os/clock.hpp"
#include "queue/producer_registry.hpp"

namespace lathe {

// How stop() ended.
enum class StopResult : std::uint8_t {
  stopped,
  refused,      // nothing was done: a sink called, which cannot stop its own thread
  left_behind,  // a call does not come back: the threads go on, so the core must never be freed
};

// The backend thread is a loop around step(). One step:
//
//   1. completions of the janitor and of background work
//   2. requests of other threads: remember what is queued now
//   3. sinks that are stuck: try again when the back-off is over; nothing else until they go on
//   4. collect, and for each batch: write
//   5. flush the sinks, then release the queues: a record leaves its queue only when it is written
//   6. answer requests whose records are all written
//   7. what sinks do by time
//   8. answer a crash handler: see CrashDrain
//
// Edges: S  stop  R: the destructor  A: run()
//
// Threads:   logger, ask, stats: any; step and everything private: the backend thread (or, with
//            BackendThread::manual, the one that steps)
// Tested by: BackendTest, BackendStressTest
class BackendCore final : public SinkHost {
 public:
  // After this long without work, pauses of idle_max become sleeps of kDeepSleepNs from which the
  // next record wakes the thread: a hundred pauses a second were measured at 0.2 to 0.5 % of a core
  // on a virtual machine. What sinks do by time is late by a sleep at most.
  static constexpr std::int64_t kDeepSleepAfterNs = 1'000'000'000;
  static constexpr std::int64_t kDeepSleepNs = 100'000'000;

  BackendCore(const BackendOptions& options, Sinks sinks, const Clock& clock);
  ~BackendCore();
  BackendCore(const BackendCore&) = delete;
  BackendCore& operator=(const BackendCore&) = delete;

  [[nodiscard]] BoundLogger& logger(std::string_view name) { return loggers_.find_or_add(name); }
  void adopt(BoundLogger& logger) { loggers_.adopt(logger); }

  std::error_code ask(RequestKind kind, std::optional<std::chrono::nanoseconds> limit);
  [[nodiscard]] Stats stats() const;
  bool step();

  // Beside shutdown_timeout, how long nothing may go on before a call counts as one that does not
  // come back. Arbitrary: a busy machine may keep a thread waiting that long.
  static constexpr std::chrono::seconds kHangGrace{1};

  // Refuses new records, writes what is queued, syncs, closes the sinks, ends the threads. Once;
  // the destructor does it, too.
  [[nodiscard]] StopResult stop() noexcept;

  // What stop() has left behind, for as long as the process lives.
  static void keep_for_ever(std::shared_ptr<BackendCore> core);

  // After stop(): closes the files, though somebody may still hold this object.
  void close_sinks() noexcept { sinks_.clear(); }

  // True in a child of fork: the threads, the queues and the files are the parent's.
  [[nodiscard]] bool is_inherited() const noexcept;

  // SinkHost, for sinks:
  void post(Work work) override { janitor_.post(std::move(work)); }
  void post_background(BackgroundWork work) override { background_.post(std::move(work)); }
  void tell(const std::string& message) override { complaints_.tell(message); }
  void sync_took(std::chrono::nanoseconds duration) override;
  void rotation_took(std::chrono::nanoseconds duration) override;
  FileJournal* journal(JournaledSink& sink) override;
  [[nodiscard]] std::uint64_t position() const override { return given_; }

 private:
  // Pause of a thread that waits for another one to step, or for the janitor.
  static constexpr std::chrono::milliseconds kTurnPause{1};

  [[nodiscard]] std::shared_ptr<QueueShared> make_shared_queues(Level wait_level);
  [[nodiscard]] FileJournal* private_journal(JournaledSink& sink);
  [[nodiscard]] FileJournal* add_journal(JournaledSink& sink, FileJournalState& state,
                                         std::span<char> block);
  void settle_on_spool();
  void remove_spool() noexcept;
  void start_thread();
  void begin_crash_answer();
  void answer_crash() noexcept;
  void leave_crash_row() noexcept;
  void run() noexcept;
  void sleep_deeply() noexcept;
  bool step_once();
  bool step_safely() noexcept;
  [[nodiscard]] bool is_own_thread() const noexcept;
  void take_requests();
  void take_waits();
  bool retry_stuck();
  bool write_own_messages();
  bool write_batches();
  void settle();
  bool finish_requests();
  void answer(const RequestPtr& request, std::error_code error);
  void answer_all(std::vector<RequestPtr>& requests, std::error_code error);
  void prepare_spare();
  void publish_sink_stats();
  bool run_completions();

  void leave_behind() noexcept;
  [[nodiscard]] std::uint64_t progress() const noexcept;

  void shut_down() noexcept;
  void drain_until(std::int64_t deadline_ns);
  void sync_until(std::int64_t deadline_ns);
  void count_losses();

  std::error_code ask_manually(const RequestPtr& request,
                               std::optional<std::chrono::nanoseconds> limit);

  // Constant after construction.
  const BackendOptions options_;
  const Clock& clock_;
  const std::uint32_t process_id_;
  Complaints complaints_;
  const std::shared_ptr<ProducerRegistry> registry_;
  std::deque<FileJournal> journals_;
  std::deque<SharedPages> private_journals_;  // memory of those that are in no spool

  LoggerTable loggers_;
  Requests requests_;

  // Backend thread only (and complaints_).
  SinkRow sinks_;
  Drain drain_;
  Janitor janitor_;
  Janitor background_;
  std::vector<RequestPtr> waiting_;   // asked while others are being drained
  std::vector<RequestPtr> draining_;  // answered when the drain reaches its mark
  CommitGroup group_;                 // of log calls that wait for the device
  bool are_waits_out_ = false;        // a request for them is not answered yet: waits_out_, unless
                                      // it was lost for want of memory or by a sink
  std::weak_ptr<Request> waits_out_;
  bool is_gathering_ = false;        // group_ may be waited for
  std::int64_t waits_since_ns_ = 0;  // when that request was made
  std::uint64_t given_ = 0;          // records that the sinks were given, ever
  std::uint64_t unreleased_ = 0;     // records given to the sinks, not yet settled
  std::uint64_t unreleased_lost_ = 0;
  std::int64_t next_retry_ns_ = 0;
  std::int64_t retry_delay_ns_ = 0;
  bool shutting_down_ = false;
  ThreadInfo own_thread_;
  std::string own_thread_name_;

  mutable std::mutex stats_mutex_;
  Stats stats_;  // guarded by stats_mutex_; producers' counts are added when asked

  std::mutex step_mutex_;  // with BackendThread::manual: whoever steps

  std::atomic<bool> stopping_{false};  // edge S
  // The thread that is stepping, to know a sink that calls back. Relaxed: a thread compares it with
  // itself only, and sees what it wrote itself.
  std::atomic<std::thread::id> stepper_{};
  // Steps that did something. Relaxed: compared with itself, to see that something goes on.
  std::atomic<std::uint64_t> busy_steps_{0};
  std::uint32_t crash_asked_ = 0;  // backend thread only: the ask() that the mark is of
  CrashDrain crash_;
  ThreadEnd thread_end_;
  std::size_t spooled_sinks_ = 0;
  bool is_left_behind_ = false;  // of the thread that called stop()
  std::thread thread_;
};

}  // namespace lathe
