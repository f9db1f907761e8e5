// SPDX-License-Identifier: MIT
//
// SinkRow: all sinks of a backend, called so that none can hurt another or the backend.

#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <system_error>

#include <lathe/sink.hpp>
#include <lathe/sinks.hpp>

namespace lathe {

// Threads:   backend thread only
// Errors:    what a sink returns or throws is counted and told through `tell`; the others go on
// Tested by: SinkContractTest
class SinkRow {
 public:
  using Tell = std::function<void(const std::string& message)>;

  SinkRow(Sinks sinks, Tell tell);

  void attach(SinkHost& host);

  // Returns false if no sink took the batch: its records are lost.
  [[nodiscard]] bool write(std::span<const Record> batch) noexcept;

  // Returns false if a sink keeps bytes that it could not hand to the kernel, see is_stuck().
  bool flush() noexcept;

  // After flush(): true if every sink failed and none keeps its bytes: what it buffered is lost.
  [[nodiscard]] bool lost_all() const noexcept { return lost_all_; }

  // A sink waits for better times (no space left, ...): give it nothing, try flush() again.
  [[nodiscard]] bool is_stuck() const noexcept;

  // Gives up what stuck sinks keep; returns how many records no sink could write.
  [[nodiscard]] std::uint64_t abandon() noexcept;

  void tick() noexcept;
  [[nodiscard]] std::error_code rotate() noexcept;
  [[nodiscard]] std::error_code reopen() noexcept;

  // Starts a sync of each sink; `done` is called once, with the first error, when all are through.
  void start_sync(std::function<void(std::error_code)> done) noexcept;

  // The first error of a write or flush since the last call.
  [[nodiscard]] std::error_code take_error() noexcept;

  // The sum of all; the least of records_durable.
  [[nodiscard]] SinkStats stats() const noexcept;
  [[nodiscard]] std::uint64_t failures() const noexcept { return failures_; }

  // Destroys the sinks, which closes them.
  void clear() noexcept { sinks_.clear(); }

 private:
  // Calls one function of one sink; whatever it throws becomes an error.
  [[nodiscard]] std::error_code call(const char* verb,
                                     const std::function<std::error_code()>& function) noexcept;
  void note(const char* verb, std::error_code error, const char* what) noexcept;
  void keep_first(std::error_code error) noexcept;
  [[nodiscard]] static bool wants_retry(const Sink& sink) noexcept;

  Sinks sinks_;
  const Tell tell_;
  std::error_code first_error_;
  std::uint64_t failures_ = 0;
  bool lost_all_ = false;
};

}  // namespace lathe
