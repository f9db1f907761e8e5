// SPDX-License-Identifier: MIT
//
// The end of a BackendCore as seen by who ends it. What its thread does then is in
// backend_life.cpp.

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/report_text.hpp"
#include "engine/backend_core.hpp"
#include "os/lasting.hpp"
#include "os/stderr_line.hpp"

namespace lathe {

namespace {

// A node for each core that was left behind.
struct LeftBehind {
  std::mutex mutex;
  std::vector<std::shared_ptr<BackendCore>> cores;  // guarded by mutex
};

}  // namespace

StopResult BackendCore::stop() noexcept {
  if (is_own_thread()) {
    return StopResult::refused;
  }
  if (stopping_.exchange(true, std::memory_order_acq_rel)) {  // R:S A:S
    return is_left_behind_ ? StopResult::left_behind : StopResult::stopped;
  }
  loggers_.unbind_all();
  registry_->shared().signal.wake();
  if (!thread_.joinable()) {
    const std::lock_guard lock(step_mutex_);
    shut_down();
    leave_crash_row();
    return StopResult::stopped;
  }
  const std::chrono::nanoseconds grace = kHangGrace;
  const std::chrono::nanoseconds timeout =
      std::min(options_.shutdown_timeout, std::chrono::nanoseconds::max() - grace);
  bool has_ended = false;
  try {
    has_ended = thread_end_.wait(timeout + grace, [this] { return progress(); });
  } catch (...) {  // no memory to wait with a limit
    has_ended = true;
  }
  if (has_ended) {
    thread_.join();
    return StopResult::stopped;
  }
  leave_behind();
  return StopResult::left_behind;
}

std::uint64_t BackendCore::progress() const noexcept {
  return busy_steps_.load(std::memory_order_relaxed) +  // see there
         janitor_.works_done() + background_.works_done();
}

// Lets go of everybody who waits for the thread, and tells what it did not do.
void BackendCore::leave_behind() noexcept {
  is_left_behind_ = true;
  thread_.detach();
  const std::error_code canceled = std::make_error_code(std::errc::operation_canceled);
  try {
    registry_->close();
    registry_->shared().waits.close(canceled);
    requests_.close(canceled);
    const Stats last = stats();
    if (last.records_queued != 0) {
      write_stderr_line(fmt::format(
          "lathe: {} records were not written before shutdown_timeout: a call of a sink does not "
          "come back",
          grouped(last.records_queued)));
    } else {
      write_stderr_line(fmt::format(
          "lathe: a sync, a hook or another work of a sink does not come back, and "
          "shutdown_timeout "
          "has passed; all records are written, {} of them are not known to be on the device",
          grouped(last.records_written - last.records_durable)));
    }
  } catch (...) {
    write_stderr_line("lathe: a call of a sink does not come back; records may not be written");
  }
}

void BackendCore::keep_for_ever(std::shared_ptr<BackendCore> core) {
  static Lasting<LeftBehind> instance;
  LeftBehind& left = instance.get();
  const std::lock_guard lock(left.mutex);
  left.cores.push_back(std::move(core));
}

}  // namespace lathe
