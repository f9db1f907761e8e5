// SPDX-License-Identifier: MIT

#include "slow_sync.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace lathe::bench {
namespace {

// Relaxed: a number on its own.
std::atomic<std::chrono::nanoseconds> sync_delay{};

}  // namespace

void delay_syncs(std::chrono::nanoseconds delay) {
  sync_delay.store(delay, std::memory_order_relaxed);
}

}  // namespace lathe::bench

// Takes the place of the C library's, since the program's own symbols come first.
extern "C" int fdatasync(int file) {
  const auto delay = lathe::bench::sync_delay.load(std::memory_order_relaxed);
  if (delay.count() > 0) {
    std::this_thread::sleep_for(delay);
  }
  return static_cast<int>(::syscall(SYS_fdatasync, file));
}
