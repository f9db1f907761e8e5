// SPDX-License-Identifier: MIT
//
// What the person at the terminal sees and says meanwhile: a progress line, and the request to
// stop.

#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace lathe::tools {

// Threads:   thread-compatible, but for beats(), which any thread may call
// Errors:    none: a progress line that cannot be written is not worth a word
// Tested by: latency_signals_test.py
class Monitor {
 public:
  // `requests` is where a Supervisor's requests arrive. The line is shown where standard error is a
  // terminal.
  explicit Monitor(int requests);
  ~Monitor();
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  // Shows a new line instead of the one before; an empty one removes it.
  void show(const std::string& line);

  // Tells the supervisor that the work gets on.
  void beat() noexcept { beats_.fetch_add(1, std::memory_order_relaxed); }  // a number to compare
  [[nodiscard]] std::uint64_t beats() const noexcept {
    return beats_.load(std::memory_order_relaxed);  // as above
  }

  // True once somebody asked to stop; stays true.
  [[nodiscard]] bool is_stopped();

 private:
  int requests_;
  bool is_terminal_;
  bool stopped_ = false;
  std::atomic<std::uint64_t> beats_{0};
};

}  // namespace lathe::tools
