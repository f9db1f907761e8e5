// SPDX-License-Identifier: MIT
//
// AlternateStack: where a thread's signal handlers run when its own stack is used up.

#pragma once

#include <cstddef>

namespace lathe {

// Of the thread that calls provide(), until it is destroyed, on the same thread. With a page below
// that nobody may touch, so that a handler which needs more ends the process at once.
//
// Threads:   each thread has its own
// Errors:    what the kernel refuses is left as it is: handlers run on the thread's stack then
// Tested by: AlternateStackTest
class AlternateStack {
 public:
  AlternateStack() = default;
  ~AlternateStack();
  AlternateStack(const AlternateStack&) = delete;
  AlternateStack& operator=(const AlternateStack&) = delete;

  // At least `bytes`, and what the kernel needs for a signal's frame. Nothing for a thread that has
  // one already, whoever gave it.
  void provide(std::size_t bytes) noexcept;

 private:
  std::byte* memory_ = nullptr;  // the page that is not touched, and the stack
  std::size_t bytes_ = 0;
};

}  // namespace lathe
