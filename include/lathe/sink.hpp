// SPDX-License-Identifier: MIT
//
// Sink: the interface of a destination. Implement it to send records somewhere of your own.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <system_error>

#include <lathe/record.hpp>

#pragma GCC visibility push(default)

namespace lathe {

class FileJournal;
class JournaledSink;

// Things a sink counts for Backend::stats(). The backend adds them up over all sinks.
struct SinkStats {
  std::uint64_t bytes_written = 0;
  std::uint64_t rotations = 0;
  std::uint64_t rotation_errors = 0;
  std::uint64_t prunes = 0;
  std::uint64_t prune_errors = 0;
  std::uint64_t compressions = 0;          // backups packed
  std::uint64_t compression_errors = 0;    // a backup stayed plain
  std::uint64_t compressions_pending = 0;  // backups that wait to be packed, as last seen
  std::uint64_t hook_errors = 0;           // hooks that threw
  std::uint64_t write_errors = 0;
  std::uint64_t syncs = 0;
  std::uint64_t sync_errors = 0;
  std::uint64_t records_at_risk = 0;  // of a failed sync, and not in memory to be written again

  // How many of the records that SinkHost::position() counts are on the device, or were none of
  // this sink's business. Nothing, if the sink cannot tell (a console).
  std::optional<std::uint64_t> records_durable = std::nullopt;
};

// What the backend offers to a sink. Call it on the backend thread only.
//
// Lifetime: outlives the sink that it was attached to.
class SinkHost {
 public:
  // Work for the janitor thread. What it returns (may be empty) is called on the backend thread
  // soon after, so a sink needs no locks. With BackendThread::manual the work runs inside step().
  using Work = std::function<std::function<void()>()>;

  // Queues work that may take milliseconds or more. Works of one backend run one after another, in
  // order. All are run before the backend is gone.
  virtual void post(Work work) = 0;

  // Work that may take seconds or minutes (compression, a directory of 100,000 names): runs on a
  // second thread, made when first needed, at low priority, one after another. When the backend
  // ends, those that have not begun are never run, and the running one is waited for: it looks at
  // the token every few milliseconds. With BackendThread::manual it runs inside step().
  using BackgroundWork = std::function<std::function<void()>(std::stop_token)>;
  virtual void post_background(BackgroundWork work) = 0;

  // Tells what went wrong: as a record of logger "lathe" at level warn, which every sink gets, and
  // on stderr at most once a minute. Cheap enough for any failure, but not for every record.
  virtual void tell(const std::string& message) = 0;

  // A histogram sample, in nanoseconds, of what Stats knows by that name.
  virtual void sync_took(std::chrono::nanoseconds duration) = 0;
  virtual void rotation_took(std::chrono::nanoseconds duration) = 0;

  // For lathe's own file sink, in attach(): gives it what an earlier process has left of its file,
  // then returns where it notes what it is about to write. Null where nothing would outlive the
  // process. A sink of your own has no use for it.
  virtual FileJournal* journal(JournaledSink& sink) {
    (void)sink;
    return nullptr;
  }
  // How many of the program's records the sinks were given, those of the current write() included.
  // The number of a record for watermarks; lathe's own records have none.
  [[nodiscard]] virtual std::uint64_t position() const { return 0; }

 protected:
  ~SinkHost() = default;
};

// A destination of records.
//
// Threads:   every call comes from the backend thread, one at a time: no locks needed
// Errors:    returned as error_code or thrown; both are counted, told on stderr at most once a
//            minute, and other sinks go on. A record whose write() failed is lost for this sink.
// Lifetime:  owned by the Backend; destroyed at its end on the backend thread (with
//            BackendThread::manual, on the thread that destroys it). Never, if a call or a work of
//            it does not come back within shutdown_timeout: see ~Backend
// Tested by: SinkContractTest
class Sink {
 public:
  virtual ~Sink() = default;

  // Before the first write. `host` stays valid until the sink is destroyed.
  virtual void attach(SinkHost& host) { (void)host; }

  // Takes a batch of records, in order. May buffer them until flush().
  virtual std::error_code write(std::span<const Record> batch) = 0;

  // Hands everything buffered to the kernel. On an error that time may heal (no space left, I/O
  // error) keep the bytes and return the error: the backend calls flush() again, with back-off,
  // before it takes more records out of the queues, if wants_retry() says so.
  virtual std::error_code flush() = 0;

  // Brings everything written to the device; may block.
  virtual std::error_code sync() = 0;

  // The same without blocking the backend thread: calls `done` once, on the backend thread.
  virtual void start_sync(std::function<void(std::error_code)> done) { done(sync()); }

  // Log calls of this level or above wait until all sinks have synced their record. Asked once,
  // when the backend is made; the lowest of all sinks counts.
  [[nodiscard]] virtual Level wait_level() const { return Level::off; }

  // Called at least every 100 ms (or idle_max, if that is longer), for work that is due by time.
  virtual void tick() {}

  // Backend::rotate() and Backend::reopen(). The default has nothing to do.
  virtual std::error_code rotate() { return {}; }
  virtual std::error_code reopen() { return {}; }

  // True while flush() failed and kept its bytes: see flush().
  [[nodiscard]] virtual bool wants_retry() const { return false; }

  // Gives up what is buffered (shutdown_timeout has passed). Returns the number of records lost.
  virtual std::uint64_t abandon() { return 0; }

  [[nodiscard]] virtual SinkStats stats() const { return {}; }
};

}  // namespace lathe

#pragma GCC visibility pop
