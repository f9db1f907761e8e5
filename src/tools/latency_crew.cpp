// SPDX-License-Identifier: MIT

#include "tools/latency_crew.hpp"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace lathe::tools {
namespace {

// Looks at progress and requests. Arbitrary: what a person takes for at once.
constexpr std::chrono::milliseconds kLook{200};
// From the word to the first call: all threads are awake by then, even on a busy machine.
constexpr std::chrono::milliseconds kRunUp{2};
// A sleep ends this much before a call is due: above the kernel's timer slack (50 us) and the time
// that a CPU takes to wake up.
constexpr std::chrono::microseconds kSleepMargin{200};

}  // namespace

Crew::Crew(const LatencyPlan& plan, const TickClock& clock, Monitor& monitor, CrewOptions options)
    : plan_(plan), clock_(clock), monitor_(monitor), options_(std::move(options)) {
  for (unsigned i = 0; i < options_.threads; ++i) {
    tallies_.push_back(std::make_unique<Tally>());
  }
}

Crew::~Crew() {
  stop_.store(true, std::memory_order_relaxed);  // a request; the mutex below orders the rest
  {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void Crew::run(const std::function<void(unsigned)>& body, const std::function<void()>& warmed) {
  for (unsigned i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this, &body, i] {
      pin(i);
      body(i);
      {
        const std::lock_guard lock(mutex_);
        ++finished_;
      }
      changed_.notify_all();
    });
  }
  watch_until([this] { return ready_ == options_.threads; });
  warmed();
  {
    const std::lock_guard lock(mutex_);
    start_ = clock_.read() + static_cast<std::uint64_t>(clock_.ticks_of(kRunUp));
    is_open_ = true;
  }
  changed_.notify_all();
  watch_until([this] { return finished_ == options_.threads; });
  for (std::thread& thread : std::exchange(threads_, {})) {
    thread.join();
  }
}

void Crew::pin(unsigned thread) {
  if (plan_.cpus.size() < 2) {
    return;
  }
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(plan_.cpus[1 + thread % (plan_.cpus.size() - 1)], &set);
  tallies_[thread]->error = ::pthread_setaffinity_np(::pthread_self(), sizeof(set), &set);
}

Schedule Crew::await_start(unsigned thread) {
  std::unique_lock lock(mutex_);
  ++ready_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return is_open_; });
  return schedule_of(thread);
}

Schedule Crew::schedule_of(unsigned thread) const {
  constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t calls = options_.calls_per_shot;
  Schedule schedule;
  schedule.start = start_;
  schedule.shots = plan_.calls_max == 0 ? kNoLimit : (plan_.calls_max + calls - 1) / calls;
  const auto duration = static_cast<std::uint64_t>(clock_.ticks_of(plan_.duration_max));
  schedule.end = duration == 0 ? kNoLimit : start_ + duration;
  // Calls that are late when the time is over are made nevertheless, or the latest of all would be
  // missing; but a rate that is never reached has to end, too.
  const bool may_be_late = duration != 0 && options_.rate_per_s != 0;
  schedule.cut_off = may_be_late ? schedule.end + duration : schedule.end;
  schedule.sleep_to = static_cast<std::uint64_t>(clock_.ticks_of(kSleepMargin));
  schedule.gives_way = options_.threads >= std::thread::hardware_concurrency();  // and the backend
  if (options_.rate_per_s != 0) {
    const double shots_per_s =
        static_cast<double>(options_.rate_per_s) / static_cast<double>(calls) / options_.threads;
    schedule.interval = clock_.ticks_of(std::chrono::seconds(1)) / shots_per_s;
    // The threads in turn, not all at once.
    schedule.start += static_cast<std::uint64_t>(schedule.interval / options_.threads * thread);
  }
  return schedule;
}

void Crew::watch_until(const std::function<bool()>& done) {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, kLook, done)) {
    show_progress();
    if (monitor_.is_stopped()) {
      stop_.store(true, std::memory_order_relaxed);  // a request, seen soon
    }
  }
}

void Crew::show_progress() {
  std::uint64_t shots = 0;
  for (const std::unique_ptr<Tally>& tally : tallies_) {
    shots += tally->progress.load(std::memory_order_relaxed);  // see Tally
  }
  if (std::exchange(progress_, shots) != shots) {
    monitor_.beat();
  }
  double part = 0;
  if (plan_.calls_max != 0) {
    part = static_cast<double>(shots * options_.calls_per_shot) /
           (static_cast<double>(plan_.calls_max) * options_.threads);
  }
  const std::uint64_t now = clock_.read();
  if (plan_.duration_max.count() != 0 && start_ != 0 && now > start_) {
    part = std::max(part, static_cast<double>(now - start_) / clock_.ticks_of(plan_.duration_max));
  }
  monitor_.show(fmt::format("{}: {:.0f} %", options_.label, 100 * std::min(part, 1.0)));
}

Timing Crew::timing() const {
  Timing timing;
  for (const std::unique_ptr<Tally>& tally : tallies_) {
    timing.service.histogram.merge(tally->service);
    timing.response.histogram.merge(tally->response);
  }
  const double ns = clock_.ns_per_tick() / static_cast<double>(options_.calls_per_shot);
  timing.service.ns_per_unit = ns;
  timing.response.ns_per_unit = ns;
  return timing;
}

std::vector<std::uint64_t> Crew::calls() const {
  std::vector<std::uint64_t> calls;
  for (const std::unique_ptr<Tally>& tally : tallies_) {
    calls.push_back(kWarmUpCalls + tally->shots * options_.calls_per_shot);
  }
  return calls;
}

double Crew::calls_per_s() const {
  std::uint64_t shots = 0;
  std::uint64_t ended = start_;
  for (const std::unique_ptr<Tally>& tally : tallies_) {
    shots += tally->shots;
    ended = std::max(ended, tally->ended);
  }
  const double seconds = static_cast<double>(ended - start_) * clock_.ns_per_tick() / 1e9;
  return seconds > 0 ? static_cast<double>(shots * options_.calls_per_shot) / seconds : 0;
}

int Crew::error() const {
  const auto found = std::find_if(tallies_.begin(), tallies_.end(),
                                  [](const auto& tally) { return tally->error != 0; });
  return found == tallies_.end() ? 0 : (*found)->error;
}

}  // namespace lathe::tools
