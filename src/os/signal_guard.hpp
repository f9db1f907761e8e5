// SPDX-License-Identifier: MIT
//
// SignalGuard: lets a system call fail instead of ending the process.

#pragma once

namespace lathe {

// Holds one signal back on this thread, as long as it lives: SIGPIPE, or SIGXFSZ of the limit of a
// file's size (RLIMIT_FSIZE), whose default is to end the process. What was raised meanwhile is
// taken back; what was pending before stays. For the program's threads: those of lathe have
// blocked both (see block_signals()).
//
// Threads:   of the thread that made it
// Lifetime:  a scope; within another one of the same signal it does nothing
// Cost:      four system calls
// Tested by: SignalGuardTest, ConsoleSinkTest
class SignalGuard {
 public:
  explicit SignalGuard(int signal) noexcept;
  ~SignalGuard();
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;

 private:
  int signal_;
  bool is_ours_ = false;
  bool was_pending_ = false;
};

}  // namespace lathe
