// SPDX-License-Identifier: MIT
//
// The signal handler itself. What it does to a backend is in crash_drain.cpp.

#include <lathe/crash_handler.hpp>

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <system_error>

#include "engine/crash_row.hpp"
#include "os/crash_calls.hpp"
#include "os/futex.hpp"
#include "os/thread.hpp"
#include "queue/thread_state.hpp"

namespace lathe {
namespace {

constexpr std::array<int, 5> kFaults{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr std::array<int, 4> kRequests{SIGTERM, SIGINT, SIGHUP, SIGQUIT};
constexpr std::size_t kSignalsEnd = 32;  // all of the above are below

// Threads that crash while another one drains wait that long for its signal to end the process: the
// status is to be that of the first. Arbitrary: a core file may take longer, but then they are
// stopped already.
constexpr std::int64_t kGraceNs = 1'000'000'000;
constexpr std::chrono::milliseconds kGracePause{10};

// All that a handler may look at: constant-initialised and never destroyed.
//
// Edges: Y  R: the constructor, before the signals' own actions  A: the handler
//        Z  R: the end of a drain  A: who waits for it
struct State {
  std::atomic<bool> is_taken{false};            // by a CrashHandler
  std::atomic<CrashScratch*> scratch{nullptr};  // edge Y; made once, never freed
  std::atomic<std::int64_t> deadline_ns{0};     // relaxed: goes with scratch
  std::atomic<std::uint32_t> process_id{0};     // relaxed: goes with scratch
  std::array<struct sigaction, kSignalsEnd> earlier{};
  std::array<std::atomic<bool>, kSignalsEnd>
      is_installed{};  // edge Y; says that `earlier` is there

  std::atomic<std::uint32_t> drainer{0};  // edge Z; the number of the thread that drains
};
constinit State state;

std::size_t index_of(int signal) noexcept { return static_cast<std::size_t>(signal); }

// By one thread; the others wait for the end that it brings. A thread that comes here from its own
// drain goes on at once.
void drain_once(CrashScratch& scratch) noexcept {
  const std::uint32_t self = current_thread_id();
  const std::int64_t deadline_ns = state.deadline_ns.load(std::memory_order_relaxed);  // see there
  const std::int64_t start_ns = monotonic_ns();
  std::uint32_t other = 0;
  if (state.drainer.compare_exchange_strong(other, self, std::memory_order_acq_rel,  // R:Z A:Z
                                            std::memory_order_acquire)) {            // A:Z
    CrashRow::instance().drain_all(scratch, start_ns + deadline_ns);
    state.drainer.store(0, std::memory_order_release);  // R:Z
    (void)futex_wake_all(state.drainer);
    return;
  }
  if (other == self) return;
  while (state.drainer.load(std::memory_order_acquire) == other) {  // A:Z
    const std::int64_t left_ns = start_ns + deadline_ns - monotonic_ns();
    if (left_ns <= 0) return;
    (void)futex_wait(state.drainer, other, std::chrono::nanoseconds(left_ns));
  }
  const std::int64_t grace_end_ns = monotonic_ns() + std::min(kGraceNs, deadline_ns);
  while (monotonic_ns() < grace_end_ns) pause_for(kGracePause);
}

void on_signal(int signal, siginfo_t* info, void*) {
  const ErrnoKeeper keeper;
  CrashScratch* const scratch = state.scratch.load(std::memory_order_acquire);  // A:Y
  // A child of vfork runs in its parent's memory, and must leave it alone.
  const bool is_ours =
      state.process_id.load(std::memory_order_relaxed) == current_process_id();  // see there
  if (scratch != nullptr && is_ours) drain_once(*scratch);
  // What could be done if this failed? It takes no memory, and the arguments were good before.
  (void)::sigaction(signal, &state.earlier[index_of(signal)], nullptr);
  if (!comes_again(*info)) send_again(signal, *info);
}

bool is_in(const auto& signals, int signal) {
  return std::find(signals.begin(), signals.end(), signal) != signals.end();
}

void check(const CrashHandlerOptions& options) {
  using std::chrono_literals::operator""ms;
  using std::chrono_literals::operator""h;
  for (const int signal : options.signals) {
    if (!is_in(kFaults, signal) && !is_in(kRequests, signal)) {
      throw OptionError("signals", "cannot have signal " + std::to_string(signal));
    }
  }
  if (options.signals.empty()) throw OptionError("signals", "must not be empty");
  if (options.deadline < 1ms || options.deadline > 1h) {
    throw OptionError("deadline", "must be from 1 ms to 1 h");
  }
  if (options.alternate_stack_bytes > 16 * MiB) {
    throw OptionError("alternate_stack_bytes", "must be at most 16 MiB");
  }
}

bool is_ignored(const struct sigaction& action) noexcept {
  return (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_IGN;
}

bool is_on_signal(const struct sigaction& action) noexcept {
  return (action.sa_flags & SA_SIGINFO) != 0 && action.sa_sigaction == on_signal;
}

[[noreturn]] void fail(int error, const char* what) {
  throw std::system_error(error, std::system_category(), what);
}

void install(int signal) {
  struct sigaction earlier {};
  if (::sigaction(signal, nullptr, &earlier) != 0) {
    fail(EINVAL, "lathe::CrashHandler: cannot ask for a signal's handler");
  }
  // Ours is there if somebody has kept it over the end of an earlier CrashHandler: what it knows of
  // the time before is still right.
  if (is_ignored(earlier) || is_on_signal(earlier)) return;
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  // A fault within the handler comes to it, too (NODEFER): the end is that of the earlier handler.
  action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
  bool is_set = ::sigfillset(&action.sa_mask) == 0;
  for (const int fault : kFaults) is_set = is_set && ::sigdelset(&action.sa_mask, fault) == 0;
  state.earlier[index_of(signal)] = earlier;
  state.is_installed[index_of(signal)].store(true, std::memory_order_release);  // R:Y
  if (!is_set || ::sigaction(signal, &action, nullptr) != 0) {
    state.is_installed[index_of(signal)].store(false, std::memory_order_release);  // R:Y
    fail(EINVAL, "lathe::CrashHandler: cannot set a signal's handler");
  }
}

void uninstall_all() noexcept {
  for (std::size_t signal = 0; signal < kSignalsEnd; ++signal) {
    // R:Y A:Y
    const bool is_ours = state.is_installed[signal].exchange(false, std::memory_order_acq_rel);
    if (!is_ours) continue;
    struct sigaction present {};
    const int number = static_cast<int>(signal);
    // Somebody who came after us calls us, perhaps; that does no harm.
    if (::sigaction(number, nullptr, &present) != 0 || !is_on_signal(present)) continue;
    (void)::sigaction(number, &state.earlier[signal], nullptr);  // see on_signal()
  }
}

void go_on_in_child() noexcept {
  state.process_id.store(current_process_id(), std::memory_order_relaxed);  // see there
  state.drainer.store(0, std::memory_order_release);                        // R:Z
}

}  // namespace

CrashHandler::CrashHandler(const CrashHandlerOptions& options) {
  check(options);
  if (state.is_taken.exchange(true, std::memory_order_acq_rel)) {  // R:Y A:Y
    throw std::system_error(std::make_error_code(std::errc::device_or_resource_busy),
                            "lathe::CrashHandler: there is one already in this process");
  }
  try {
    if (state.scratch.load(std::memory_order_acquire) == nullptr) {  // A:Y
      auto scratch = std::make_unique<CrashScratch>();
      if (const int error = ::pthread_atfork(nullptr, nullptr, go_on_in_child); error != 0) {
        fail(error, "lathe::CrashHandler: cannot prepare for fork");
      }
      state.process_id.store(current_process_id(), std::memory_order_relaxed);  // see there
      state.scratch.store(scratch.release(), std::memory_order_release);        // R:Y
    }
    state.deadline_ns.store(options.deadline.count(), std::memory_order_relaxed);  // see there
    set_alternate_stack_bytes(options.alternate_stack_bytes);
    provide_alternate_stack();
    for (const int signal : options.signals) install(signal);
  } catch (...) {
    uninstall_all();
    set_alternate_stack_bytes(0);
    state.is_taken.store(false, std::memory_order_release);  // R:Y
    throw;
  }
}

CrashHandler::~CrashHandler() {
  uninstall_all();
  set_alternate_stack_bytes(0);
  state.is_taken.store(false, std::memory_order_release);  // R:Y
}

void CrashHandler::cover_this_thread() noexcept { provide_alternate_stack(); }

}  // namespace lathe
