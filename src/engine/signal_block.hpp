// SPDX-License-Identifier: MIT
//
// SignalBlock: keeps the program's signal handlers off the threads that lathe starts.

#pragma once

#include <csignal>

namespace lathe {

// While it lives, signals are blocked in this thread; a thread that is started meanwhile begins
// with them blocked, with no moment in between. Faults of the thread itself stay open, see
// block_signals() in os/thread.hpp.
class SignalBlock {
 public:
  SignalBlock() noexcept;
  ~SignalBlock();
  SignalBlock(const SignalBlock&) = delete;
  SignalBlock& operator=(const SignalBlock&) = delete;

 private:
  sigset_t before_{};
  bool blocked_ = false;
};

}  // namespace lathe
