// SPDX-License-Identifier: MIT
//
// Backend: owns the producer queues, the sinks, the I/O thread and the janitor thread.

#pragma once

#include <chrono>
#include <memory>
#include <string_view>
#include <system_error>

#include <lathe/logger.hpp>
#include <lathe/options.hpp>
#include <lathe/sink.hpp>
#include <lathe/sinks.hpp>
#include <lathe/stats.hpp>

#pragma GCC visibility push(default)

namespace lathe {

class BackendCore;

// Takes records from every thread that logs and hands them to its sinks, in order, on one I/O
// thread of its own. Not a singleton: two backends do not know each other, and a sink that hangs
// delays only its own backend.
//
//   call              from           blocks
//   logger            any thread     takes a mutex
//   flush, sync       any thread     until answered, or the deadline
//   rotate, reopen    any thread     until done
//   stats             any thread     takes a mutex
//   step              one thread     while the sinks work (BackendThread::manual only)
//   ~Backend          any but a sink until drained and synced, or shutdown_timeout
//
// Order:     records of one thread keep their order, always; records of different threads are
//            ordered by time stamp: see BackendOptions::order_window.
// Lifetime:  loggers may outlive it; see Logger.
// Errors:    constructors throw OptionError or std::system_error; afterwards nothing throws.
// Tested by: BackendTest, BackendStressTest
class Backend {
 public:
  explicit Backend(std::unique_ptr<Sink> sink);
  Backend(BackendOptions options, std::unique_ptr<Sink> sink);
  Backend(BackendOptions options, Sinks sinks);

  // Refuses new records, writes what is queued, syncs and closes the sinks. What cannot be written
  // within shutdown_timeout is counted as lost and told on stderr.
  //
  // A call that does not come back (a disk that hangs in fdatasync or write, a sink or hook that
  // waits for something) cannot be ended. After shutdown_timeout, and a second, without any
  // progress, what was not written is told on stderr, and the threads, sinks and queues are left
  // behind as they are: they are never freed, and go on if the call ever returns. With
  // BackendThread::manual the caller makes those calls itself, and waits.
  ~Backend();
  Backend(const Backend&) = delete;
  Backend& operator=(const Backend&) = delete;

  // The logger of that name: the same one each time. Each name costs about 128 bytes until the
  // process ends; that is what keeps a Logger safe to call for ever.
  [[nodiscard]] Logger logger(std::string_view name);

  // Waits until every record whose log call returned before this call, on any thread, is with the
  // kernel (flush) or on the device (sync). Returns under constant load from other threads.
  // Returns: nothing; the error of the first sink that failed; std::errc::timed_out when `deadline`
  // passed first; std::errc::resource_deadlock_would_occur from a sink's own call.
  std::error_code flush();
  std::error_code flush(std::chrono::nanoseconds deadline);
  std::error_code sync();
  std::error_code sync(std::chrono::nanoseconds deadline);

  // Rotates, or reopens after an outside move, every sink that can, after what was logged before.
  std::error_code rotate();
  std::error_code reopen();

  [[nodiscard]] Stats stats() const;

  // One pass: collect, merge, write, rotate and sync if due. Returns false if there was nothing to
  // do. With BackendThread::manual only, and never on two threads at once.
  bool step();

  // What tests use to bring their own clock; takes ownership.
  explicit Backend(std::unique_ptr<BackendCore> core) noexcept;

 private:
  std::unique_ptr<BackendCore> core_;
};

}  // namespace lathe

#pragma GCC visibility pop
