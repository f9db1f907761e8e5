// SPDX-License-Identifier: MIT
//
// What lathe asks the kernel about threads and processes. Every call is about the calling thread.

#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <system_error>

namespace lathe {

// Longest thread name that the kernel keeps, in bytes, without its final NUL.
inline constexpr std::size_t kThreadNameBytesMax = 15;

// The kernel's number of this thread (gettid), as `top -H` and core files show it. A system call:
// keep the answer.
[[nodiscard]] std::uint32_t current_thread_id() noexcept;

// The number of this process (getpid).
[[nodiscard]] std::uint32_t current_process_id() noexcept;

// This thread's name; empty if the kernel does not tell.
[[nodiscard]] std::string current_thread_name();

// Names this thread. A longer name is cut to kThreadNameBytesMax.
[[nodiscard]] std::error_code set_thread_name(const std::string& name);

// Pins this thread to one CPU. errc::invalid_argument where there is no such CPU or the process
// may not use it.
[[nodiscard]] std::error_code pin_thread_to_cpu(unsigned cpu) noexcept;

// The CPUs that a thread may use, as bits; none set if the kernel did not tell.
using CpuMask = std::array<std::uint64_t, 16>;

// Those of this thread.
[[nodiscard]] CpuMask current_cpus() noexcept;

// Lets this thread use those CPUs: a thread inherits them from the one that starts it, which may be
// pinned. A mask without any changes nothing.
[[nodiscard]] std::error_code use_cpus(const CpuMask& cpus) noexcept;

// Keeps handlers of the program's signals from running on this thread, and turns SIGXFSZ and
// SIGPIPE into the errors EFBIG and EPIPE. The signals that tell of a fault of this very thread
// (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT) stay open: blocked, they would kill
// the process without any crash handler being asked.
[[nodiscard]] std::error_code block_signals() noexcept;

// What this thread wrote before is seen by every thread of the process that reads after, and the
// other way round, without a fence on their side (membarrier). Costs some microseconds. Where the
// kernel refuses, it does nothing: for uses in which a missed look is only a delay.
void order_with_all_threads() noexcept;

// How much later than asked the kernel may end a timed sleep of this thread (default 50 us).
[[nodiscard]] std::error_code set_timer_slack(std::chrono::nanoseconds slack) noexcept;

// Gives way to normal threads: nice 10 (or what it is, if that is more), about a tenth of a normal
// thread's share of a busy CPU. Not SCHED_IDLE, which could put it off without bound.
[[nodiscard]] std::error_code lower_thread_priority() noexcept;

// Lets other threads' reads and writes go first: the last of the normal (best-effort) I/O classes,
// where the device's scheduler looks at them.
//
// All tested by: ThreadTest
[[nodiscard]] std::error_code lower_io_priority() noexcept;

}  // namespace lathe
