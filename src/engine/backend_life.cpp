// SPDX-License-Identifier: MIT
//
// The rest of BackendCore: statistics, and the end.

#include <fmt/format.h>

#include <algorithm>

#include "core/report_text.hpp"
#include "engine/backend_core.hpp"
#include "os/stderr_line.hpp"

namespace lathe {

Stats BackendCore::stats() const {
  Stats stats;
  {
    const std::lock_guard lock(stats_mutex_);
    stats = stats_;
  }
  // After the written ones were read: what is accepted meanwhile counts as queued.
  registry_->add_to(stats);
  stats.queues_not_crash_safe =
      registry_->shared().queues_outside_spool.load(std::memory_order_relaxed);  // statistics
  stats.wait_errors = registry_->shared().waits.errors();
  stats.records_queued = stats.records_accepted - stats.records_written - stats.records_lost;
  return stats;
}

void BackendCore::publish_sink_stats() {
  const SinkStats sinks = sinks_.stats();
  const std::lock_guard lock(stats_mutex_);
  stats_.bytes_written = sinks.bytes_written;
  stats_.rotations = sinks.rotations;
  stats_.rotation_errors = sinks.rotation_errors;
  stats_.prunes = sinks.prunes;
  stats_.prune_errors = sinks.prune_errors;
  stats_.compressions = sinks.compressions;
  stats_.compression_errors = sinks.compression_errors;
  stats_.compressions_pending = sinks.compressions_pending;
  stats_.hook_errors = sinks.hook_errors;
  stats_.write_errors = sinks.write_errors;
  stats_.syncs = sinks.syncs;
  stats_.sync_errors = sinks.sync_errors;
  stats_.records_at_risk = sinks.records_at_risk;
  // Lost records have a number, too, but they are behind all that was written: see abandon().
  const std::uint64_t durable = std::min(sinks.records_durable.value_or(0), stats_.records_written);
  stats_.records_durable = std::max(stats_.records_durable, durable);
  stats_.sink_failures = sinks_.failures();
  stats_.records_late = drain_.records_late();
  stats_.queue_high_water_bytes = drain_.high_water_bytes();
}

bool BackendCore::run_completions() {
  const bool worked = janitor_.run();
  return background_.run() || worked;
}

void BackendCore::sync_took(std::chrono::nanoseconds duration) {
  const std::lock_guard lock(stats_mutex_);
  stats_.sync_ns.record(static_cast<std::uint64_t>(duration.count()));
}

void BackendCore::rotation_took(std::chrono::nanoseconds duration) {
  const std::lock_guard lock(stats_mutex_);
  stats_.rotation_ns.record(static_cast<std::uint64_t>(duration.count()));
}

// On the backend thread, or, without one, on the thread that destroys us. No logger leads here any
// more; calls that were on their way may still arrive until the registry is closed.
void BackendCore::shut_down() noexcept {
  try {
    shutting_down_ = true;
    background_.request_stop();  // it ends while we write
    const std::int64_t now_ns = clock_.steady_ns();
    const std::int64_t deadline_ns =
        now_ns + std::min(options_.shutdown_timeout.count(), INT64_MAX - now_ns);
    drain_until(deadline_ns);
    registry_->close();
    drain_until(deadline_ns);
    sync_until(deadline_ns);
    registry_->shared().waits.close(std::make_error_code(std::errc::operation_canceled));
    requests_.close(std::make_error_code(std::errc::operation_canceled));
    answer_all(waiting_, std::make_error_code(std::errc::operation_canceled));
    answer_all(draining_, std::make_error_code(std::errc::operation_canceled));
    // First the background work, whose completion may have work for the janitor.
    background_.stop();
    (void)background_.run();
    janitor_.stop();
    while (run_completions()) {
    }
    count_losses();
    remove_spool();
  } catch (...) {
    write_stderr_line("lathe: no memory to write everything at shutdown");
  }
}

// The deadline is for sinks that refuse: as long as they take records, there is an end to them.
void BackendCore::drain_until(std::int64_t deadline_ns) {
  do {
    (void)step_safely();
    if (sinks_.is_stuck()) {
      if (clock_.steady_ns() >= deadline_ns) {
        return;
      }
      std::this_thread::sleep_for(kTurnPause);
    }
  } while (!drain_.is_empty() || sinks_.is_stuck());
  (void)step_safely();  // requests and messages that came with the last records
}

void BackendCore::sync_until(std::int64_t deadline_ns) {
  if (sinks_.is_stuck()) {
    return;
  }
  const auto finished = std::make_shared<bool>(false);
  sinks_.start_sync([finished](std::error_code) { *finished = true; });  // an error is told by it
  while (!*finished && clock_.steady_ns() < deadline_ns) {
    if (!janitor_.run()) {
      registry_->shared().signal.wait(kTurnPause);
    }
  }
  publish_sink_stats();
}

void BackendCore::count_losses() {
  const bool was_stuck = sinks_.is_stuck();
  const std::uint64_t lost_before = stats().records_lost;
  const std::error_code error = sinks_.take_error();
  if (was_stuck) {
    unreleased_lost_ = std::min(unreleased_, unreleased_lost_ + sinks_.abandon());
  }
  settle();
  // Without a failure, what is left came from calls that ran into the end: refused_records() counts
  // them when their threads let go of their queues.
  const std::uint64_t left = was_stuck ? drain_.discard_queued() : 0;
  std::uint64_t lost = 0;
  {
    const std::lock_guard lock(stats_mutex_);
    stats_.records_lost += left;
    lost = was_stuck ? stats_.records_lost - lost_before : 0;
  }
  if (lost != 0) {
    write_stderr_line(
        fmt::format("lathe: {} records could not be written before shutdown_timeout{}",
                    grouped(lost), error ? ": " + error.message() : std::string()));
  }
}

}  // namespace lathe
