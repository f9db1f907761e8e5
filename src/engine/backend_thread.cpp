// SPDX-License-Identifier: MIT
//
// The thread of a BackendCore: its start, its loop, its pauses.

#include <algorithm>
#include <future>
#include <string>

#include "core/poll_pause.hpp"
#include "engine/backend_core.hpp"
#include "engine/signal_block.hpp"
#include "os/thread.hpp"
#include "queue/thread_state.hpp"

namespace lathe {

void BackendCore::start_thread() {
  std::promise<std::error_code> started;
  std::future<std::error_code> result = started.get_future();
  {
    const SignalBlock blocked;  // the thread inherits it
    thread_ = std::thread([this, &started] {
      start_to_work_for_backend();
      own_thread_.id = current_thread_id();
      registry_->shared().backend_thread.store(own_thread_.id,
                                               std::memory_order_relaxed);  // see there
      // A name is for people, and slack is a matter of microseconds: both may fail.
      (void)set_thread_name(options_.thread_name);
      (void)set_timer_slack(std::chrono::nanoseconds(1));
      stepper_.store(std::this_thread::get_id(), std::memory_order_relaxed);  // see there
      const std::error_code error =
          options_.cpu ? pin_thread_to_cpu(*options_.cpu) : std::error_code();
      started.set_value(error);
      if (!error) {
        run();
      }
    });
  }
  if (const std::error_code error = result.get()) {
    thread_.join();
    throw OptionError(
        "cpu", "cannot run on CPU " + std::to_string(*options_.cpu) + ": " + error.message());
  }
}

void BackendCore::run() noexcept {
  const std::int64_t pause_max_ns = options_.idle_max.count();
  PollPause pause(pause_max_ns);
  std::int64_t idle_since_ns = clock_.steady_ns();
  while (!stopping_.load(std::memory_order_acquire)) {  // A:S
    const bool worked = step_safely();
    if (drain_.is_busy() && !sinks_.is_stuck()) {
      pause.restart();
      continue;
    }
    const std::int64_t now_ns = clock_.steady_ns();
    if (worked || sinks_.is_stuck() || drain_.is_holding()) {
      idle_since_ns = now_ns;
    }
    if (now_ns - idle_since_ns >= kDeepSleepAfterNs && pause_max_ns < kDeepSleepNs) {
      sleep_deeply();
      continue;
    }
    const PollFound found = !worked               ? PollFound::nothing
                            : drain_.is_filling() ? PollFound::much
                                                  : PollFound::little;
    std::int64_t pause_ns = pause.after(found);
    if (drain_.is_holding()) {
      pause_ns = std::min(
          pause_ns, std::clamp(options_.order_window.count(), PollPause::kMinNs, pause_max_ns));
    }
    if (!draining_.empty()) {
      pause_ns = PollPause::kMinNs;  // somebody waits
    } else if (is_gathering_) {
      pause_ns = std::min(pause_ns, std::max(group_.until_ns() - now_ns, std::int64_t{0}));
    }
    registry_->shared().signal.wait(std::chrono::nanoseconds(pause_ns));
  }
  shut_down();
  leave_crash_row();
  sinks_.clear();
  thread_end_.note_end();
}

// Says so to whoever may push, then looks once more, then sleeps.
void BackendCore::sleep_deeply() noexcept {
  std::atomic<bool>& flag = registry_->shared().sleeps_deeply;
  flag.store(true, std::memory_order_relaxed);  // see there
  std::int64_t sleep_ns = PollPause::kMinNs;
  try {
    drain_.begin_deep_sleep();
    order_with_all_threads();
    sleep_ns = drain_.is_empty() ? kDeepSleepNs : 0;
  } catch (...) {  // no memory to look at a new thread's queue: look again soon
  }
  if (sleep_ns != 0) {
    registry_->shared().signal.wait(std::chrono::nanoseconds(sleep_ns));
  }
  drain_.end_deep_sleep();
  flag.store(false, std::memory_order_relaxed);  // see there
}

}  // namespace lathe
