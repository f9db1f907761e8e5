// SPDX-License-Identifier: MIT
//
// CrashHandler: what is queued when the process crashes is written before it ends.

#pragma once

#include <chrono>
#include <csignal>
#include <cstddef>
#include <vector>

#include <lathe/units.hpp>

#pragma GCC visibility push(default)

namespace lathe {

struct CrashHandlerOptions {
  // On which signals. SIGABRT stands for std::terminate, abort and assert, too. SIGTERM, SIGINT,
  // SIGHUP and SIGQUIT may be added, for a program that has no better answer to them; no others.
  // A signal that is ignored stays ignored.
  std::vector<int> signals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

  // How long the process's end may be put off. Half of it, at most, is for the backends' own
  // threads, which usually need less than a millisecond; the rest is for the handler in their
  // place, which looks at the time between two writes. From 1 ms to an hour; 5 s are more than a
  // disk under load takes for what the queues hold, and less than the 10 s that containers get
  // before SIGKILL.
  std::chrono::nanoseconds deadline = std::chrono::seconds(5);

  // Stack for the handlers of a thread whose own stack is used up; 0: none are made. Threads get
  // theirs as long as the CrashHandler lives: the one that makes it, at once; others at their first
  // log call to a backend; those of a backend that is made later, at their start; any other by
  // cover_this_thread(). A thread that has one keeps its own. Where a thread has none, a stack
  // overflow ends the process without any handler, and its records are left to the spool.
  // At most 16 MiB.
  std::size_t alternate_stack_bytes = 64 * KiB;
};

// As long as it lives, a fatal signal first has every backend of the process write what was logged
// before it, and then does what it did before: the earlier handler is called, or the process ends,
// with the same status, siginfo and core file as without it.
//
//   lathe::CrashHandler crash_handler;   // first thing in main
//   lathe::Backend backend{...};
//
// The backends' threads do the writing, with all their features. For a backend whose thread has
// crashed itself, waits for a lock of the crashed thread, or does not answer for another reason,
// the handler writes to its rotating files with write(2) alone. Then deferred records, and what the
// same thread logged after them, are left; so are files with Ownership::shared, consoles and sinks
// of the program's own; times in a line are in the locale "C"; nothing rotates. What is left is
// kept in the spool for the next start, or, with BackendOptions::crash_safe off, counted on stderr.
//
// One thread drains, however many crash; the others wait for it. Each signal is served once: if the
// process goes on, the earlier handler has it from then on. A crash within the handler ends
// the process at once. Records are handed to the kernel, not synced: they survive the process.
//
// Threads:   construct and destroy it on one thread; at most one at a time
// Lifetime:  handlers that were installed after it stay. In a child of fork it goes on, for the
//            child's own backends
// Errors:    OptionError; std::system_error: errc::device_or_resource_busy if there is one already
// Cost:      0.2 MiB, kept until the process ends; log calls cost the same with it
// Tested by: CrashHandlerTest
class CrashHandler {
 public:
  explicit CrashHandler(const CrashHandlerOptions& options = {});

  // The earlier handlers are in place again.
  ~CrashHandler();
  CrashHandler(const CrashHandler&) = delete;
  CrashHandler& operator=(const CrashHandler&) = delete;

  // Gives the calling thread an alternate stack until it ends, if it has none and there is a
  // CrashHandler: for threads that do not log, or that logged before it was made.
  static void cover_this_thread() noexcept;
};

}  // namespace lathe

#pragma GCC visibility pop
