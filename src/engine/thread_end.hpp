// SPDX-License-Identifier: MIT
//
// ThreadEnd: waiting for a thread that may hang in somebody else's call.

#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

namespace lathe {

// Threads:   note_end() the thread that ends; wait() any
// Tested by: HangTest
class ThreadEnd {
 public:
  // The last that the thread does with anything that its owner may free.
  void note_end() noexcept;

  // Returns true once the thread has noted its end; false when `progress` has returned the same
  // number for `quiet_max`. Time is counted in short slices, so that a machine (or a process) that
  // was stopped for a while is not taken for a thread that hangs.
  [[nodiscard]] bool wait(std::chrono::nanoseconds quiet_max,
                          const std::function<std::uint64_t()>& progress);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool has_ended_ = false;  // guarded by mutex_
};

}  // namespace lathe
