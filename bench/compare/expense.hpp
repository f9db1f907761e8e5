// SPDX-License-Identifier: MIT
//
// What a run costs the machine: time, CPU of all threads, memory.

#pragma once

#include <chrono>
#include <cstdint>

namespace lathe::compare {

// Wall-clock time and user and system time of the whole process, over one stretch or several.
class Stopwatch {
 public:
  void start();
  void stop();
  [[nodiscard]] double seconds() const;
  [[nodiscard]] double cpu_seconds() const;

 private:
  std::chrono::nanoseconds wall_{0};
  std::chrono::nanoseconds cpu_{0};
};

// The most memory that this process has had resident, shared memory included. Not ru_maxrss: that
// begins with what the process had before exec, which is its parent's.
[[nodiscard]] std::uint64_t peak_memory_bytes();

}  // namespace lathe::compare
