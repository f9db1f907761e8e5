// SPDX-License-Identifier: MIT

#include "engine/backend_core.hpp"

#include <algorithm>
#include <csignal>
#include <optional>
#include <utility>

#include "core/options_check.hpp"
#include "engine/crash_row.hpp"
#include "os/signal_guard.hpp"
#include "os/thread.hpp"
#include "queue/site_registry.hpp"

namespace lathe {

namespace {

// Pauses between attempts of a sink that is stuck: quick enough for a full disk that is cleaned up,
// rare enough to cost nothing.
constexpr std::int64_t kRetryMinNs = 10'000'000;
constexpr std::int64_t kRetryMaxNs = 1'000'000'000;

Level lowest_wait_level(const Sinks& sinks) {
  Level lowest = Level::off;
  for (const auto& sink : sinks) {
    lowest = std::min(lowest, sink->wait_level());
  }
  return lowest;
}

const BackendOptions& checked(const BackendOptions& options, const Sinks& sinks) {
  check_options(options);
  if (sinks.empty() ||
      std::any_of(sinks.begin(), sinks.end(), [](const auto& sink) { return sink == nullptr; })) {
    throw OptionError("sinks", "needs at least one, and none may be null");
  }
  if (options.thread == BackendThread::manual && lowest_wait_level(sinks) != Level::off) {
    throw OptionError("sync.wait_level", "needs BackendThread::owned: who steps waits for itself");
  }
  return options;
}

}  // namespace

BackendCore::BackendCore(const BackendOptions& options, Sinks sinks, const Clock& clock)
    : options_(checked(options, sinks)),
      clock_(clock),
      process_id_(current_process_id()),
      complaints_(clock),
      registry_(std::make_shared<ProducerRegistry>(make_shared_queues(lowest_wait_level(sinks)))),
      loggers_(registry_, options_.level),
      sinks_(std::move(sinks),
             [this](const std::string& text) { complaints_.tell_repeated(text); }),
      drain_(registry_, loggers_, clock),
      janitor_(WorkKind::prompt, options_.thread == BackendThread::owned,
               registry_->shared().signal,
               [this](const char* what) {
                 complaints_.tell(std::string("work for the janitor threw: ") + what);
               }),
      background_(WorkKind::background, options_.thread == BackendThread::owned,
                  registry_->shared().signal,
                  [this](const char* what) {
                    complaints_.tell(std::string("background work threw: ") + what);
                  }),
      crash_(drain_, *registry_, loggers_, stepper_, options_.thread == BackendThread::owned) {
  own_thread_name_ = options_.thread_name;
  own_thread_ = {.serial = next_serial(), .id = current_thread_id(), .name = own_thread_name_};
  const SignalGuard guard(SIGXFSZ);  // the program's thread writes here, what was left behind
  try {
    sinks_.attach(*this);
    settle_on_spool();
    registry_->prepare_spare();
    if (options_.thread == BackendThread::owned) {
      start_thread();
    }
    CrashRow::instance().enter(crash_);
  } catch (...) {
    // In the order of stop(): sinks call us until they are gone.
    background_.stop();
    janitor_.stop();
    sinks_.clear();
    remove_spool();
    throw;
  }
}

BackendCore::~BackendCore() {
  (void)stop();
  sinks_.clear();
}

bool BackendCore::is_own_thread() const noexcept {
  const std::thread::id caller = std::this_thread::get_id();
  return caller == stepper_.load(std::memory_order_relaxed) ||  // see there
         janitor_.is_this_thread() || background_.is_this_thread();
}

bool BackendCore::is_inherited() const noexcept { return process_id_ != current_process_id(); }

bool BackendCore::step() {
  if (options_.thread != BackendThread::manual || is_own_thread()) {
    return false;
  }
  const std::lock_guard lock(step_mutex_);
  return step_safely();
}

// The backend thread outlives everything that a step may throw: what was not done is done by a
// later one.
bool BackendCore::step_safely() noexcept {
  const std::thread::id before = stepper_.load(std::memory_order_relaxed);  // see there
  stepper_.store(std::this_thread::get_id(), std::memory_order_relaxed);    // see there
  bool worked = false;
  std::optional<SignalGuard> guard;
  if (options_.thread == BackendThread::manual) guard.emplace(SIGXFSZ);  // the program's thread
  try {
    worked = step_once();
  } catch (...) {  // no memory
  }
  stepper_.store(before, std::memory_order_relaxed);  // see there
  if (worked) {
    busy_steps_.fetch_add(1, std::memory_order_relaxed);  // see there
  }
  return worked;
}

bool BackendCore::step_once() {
  begin_crash_answer();
  bool worked = run_completions();
  take_requests();
  if (sinks_.is_stuck() && !retry_stuck()) {
    sinks_.tick();
    if (worked) {
      publish_sink_stats();
    }
    return worked;
  }
  worked = write_own_messages() || worked;
  if (sinks_.is_stuck()) {
    return worked;
  }
  drain_.collect(shutting_down_ || !draining_.empty() || crash_.is_asked());
  worked = write_batches() || worked;
  worked = finish_requests() || worked;
  sinks_.tick();
  if (worked) {
    publish_sink_stats();
    prepare_spare();
    crash_.refresh_zone(clock_.wall_ns() / kNsPerSecond);
  }
  answer_crash();
  return worked;
}

// Returns true if the sinks go on.
bool BackendCore::retry_stuck() {
  // Who asks for a flush wants to know how things are now, whatever the back-off says.
  const std::int64_t now_ns = clock_.steady_ns();
  if (now_ns < next_retry_ns_ && draining_.empty()) {
    return false;
  }
  if (sinks_.flush()) {
    retry_delay_ns_ = 0;
    (void)sinks_.take_error();  // of the attempts before; nothing was lost
    settle();
    return true;
  }
  retry_delay_ns_ = std::clamp(retry_delay_ns_ * 2, kRetryMinNs, kRetryMaxNs);
  next_retry_ns_ = now_ns + retry_delay_ns_;
  const std::error_code error = sinks_.take_error();
  answer_all(draining_, error ? error : std::make_error_code(std::errc::io_error));
  return false;
}

bool BackendCore::write_own_messages() {
  if (complaints_.empty()) {
    return false;
  }
  const std::deque<std::string> messages = complaints_.take();
  std::vector<Record> records;
  records.reserve(messages.size());
  for (const std::string& message : messages) {
    records.push_back({.time = drain_.wall_time_now(),
                       .message = message,
                       .thread = &own_thread_,
                       .source = &SiteRegistry::instance().entry(SiteRegistry::kOwnSite).source,
                       .logger = &loggers_.info(LoggerTable::kOwnLogger),
                       .level = Level::warn});
  }
  drain_.leave_pass();
  (void)sinks_.write(records);  // what fails is noted there
  (void)sinks_.flush();
  return true;
}

bool BackendCore::write_batches() {
  std::uint64_t batches = 0;
  std::int64_t start_ns = 0;
  for (;;) {
    const std::span<const Record> batch = drain_.next_batch();
    if (batch.empty()) {
      break;
    }
    if (batches++ == 0) {
      start_ns = clock_.steady_ns();
    }
    given_ += drain_.batch_records();
    const bool taken = sinks_.write(batch);
    unreleased_ += drain_.batch_records();
    unreleased_lost_ += taken ? 0 : drain_.batch_records();
    if (sinks_.is_stuck()) {
      break;
    }
  }
  if (batches == 0) {
    drain_.release();  // forgets producers whose threads have ended
    return false;
  }
  const bool flushed = sinks_.flush();
  if (sinks_.lost_all()) {
    unreleased_lost_ = unreleased_;
  }
  {
    const std::lock_guard lock(stats_mutex_);
    stats_.batches += batches;
    stats_.write_ns.record(static_cast<std::uint64_t>(clock_.steady_ns() - start_ns));
    if (unreleased_ != 0) {
      stats_.residence_ns.record(static_cast<std::uint64_t>(drain_.batch_age_ns()));
    }
  }
  if (flushed) {
    settle();
  }
  return true;
}

// Everything given to the sinks is with the kernel, or lost for good: give the room back.
void BackendCore::settle() {
  drain_.release();
  const std::lock_guard lock(stats_mutex_);
  stats_.records_written += unreleased_ - unreleased_lost_;
  stats_.records_lost += unreleased_lost_;
  unreleased_ = 0;
  unreleased_lost_ = 0;
}

// A queue that lies ready makes a new thread's first call cheap. Made by the janitor, since mapping
// and touching it takes a while.
void BackendCore::prepare_spare() {
  if (options_.thread == BackendThread::owned && registry_->wants_spare()) {
    janitor_.post([registry = registry_] {
      registry->prepare_spare();
      return std::function<void()>();
    });
  }
}

}  // namespace lathe
