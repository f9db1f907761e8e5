// SPDX-License-Identifier: MIT

#include "engine/janitor.hpp"

#include <exception>
#include <string>
#include <utility>

#include "engine/signal_block.hpp"
#include "os/thread.hpp"
#include "queue/thread_state.hpp"

namespace lathe {

Janitor::Janitor(WorkKind kind, bool threaded, WakeSignal& signal, OnThrow on_throw)
    : kind_(kind),
      threaded_(threaded),
      cpus_(current_cpus()),
      signal_(signal),
      on_throw_(std::move(on_throw)) {
  if (threaded_ && kind_ == WorkKind::prompt) {
    start_thread();
  }
}

Janitor::~Janitor() { stop(); }

void Janitor::start_thread() {
  const SignalBlock blocked;  // the thread inherits it
  thread_ = std::thread([this] { loop(); });
}

void Janitor::post(Work work) {
  bool needs_thread = false;
  {
    const std::lock_guard lock(mutex_);
    if (has_given_up()) {
      return;
    }
    works_.push_back(std::move(work));
    needs_thread = threaded_ && !stopping_ && !thread_.joinable();
  }
  changed_.notify_one();
  if (needs_thread) {
    try {
      start_thread();
    } catch (const std::exception& error) {
      on_throw_(error.what());
    }
  }
}

void Janitor::post(PromptWork work) {
  post(Work([work = std::move(work)](const std::stop_token&) { return work(); }));
}

bool Janitor::run_works_here() {
  bool worked = false;
  for (;;) {
    Work work;
    {
      const std::lock_guard lock(mutex_);
      if (works_.empty() || has_given_up()) {
        return worked;
      }
      work = std::move(works_.front());
      works_.pop_front();
    }
    run_work(work);
    worked = true;
  }
}

bool Janitor::run() {
  bool worked = false;
  // Without a thread; or it has stopped: then what completions post is done here.
  if (!threaded_ || (kind_ == WorkKind::prompt && !thread_.joinable())) {
    worked = run_works_here();
  }
  if (!has_completions_.exchange(false, std::memory_order_acq_rel)) {  // A:J R:J
    return worked;
  }
  std::vector<Completion> completions;
  std::vector<std::string> complaints;
  {
    const std::lock_guard lock(mutex_);
    completions.swap(completions_);
    complaints.swap(complaints_);
  }
  for (const std::string& complaint : complaints) {
    on_throw_(complaint.c_str());
  }
  for (const Completion& completion : completions) {
    try {
      completion();
    } catch (const std::exception& error) {
      on_throw_(error.what());
    } catch (...) {
      on_throw_("something that is no std::exception");
    }
  }
  return true;
}

void Janitor::run_work(const Work& work) noexcept {
  try {
    Completion completion;
    std::string complaint;
    try {
      completion = work(stop_.get_token());
    } catch (const std::exception& error) {
      complaint = error.what();
    } catch (...) {
      complaint = "something that is no std::exception";
    }
    works_done_.fetch_add(1, std::memory_order_relaxed);  // see works_done()
    if (!completion && complaint.empty()) {
      return;
    }
    const std::lock_guard lock(mutex_);
    if (completion) {
      completions_.push_back(std::move(completion));
    }
    if (!complaint.empty()) {
      complaints_.push_back(std::move(complaint));
    }
  } catch (...) {  // no memory even to tell of it
    return;
  }
  has_completions_.store(true, std::memory_order_release);  // R:J
  signal_.wake();
}

void Janitor::loop() noexcept {
  runner_.store(std::this_thread::get_id(), std::memory_order_relaxed);  // see there
  start_to_work_for_backend();
  // Names are for people, and priorities a courtesy; without them everything works.
  if (kind_ == WorkKind::prompt) {
    (void)set_thread_name("lathe-janitor");
  } else {
    (void)set_thread_name("lathe-upkeep");
    (void)use_cpus(cpus_);
    (void)lower_thread_priority();
    (void)lower_io_priority();
  }
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !works_.empty(); });
    if (works_.empty() || has_given_up()) {
      break;
    }
    {
      const Work work = std::move(works_.front());
      works_.pop_front();
      lock.unlock();
      run_work(work);
    }
    lock.lock();
  }
  // The system may give our id to another thread.
  runner_.store(std::thread::id(), std::memory_order_relaxed);  // see there
}

void Janitor::request_stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  if (kind_ == WorkKind::background) {
    stop_.request_stop();
  }
  changed_.notify_one();
}

void Janitor::stop() noexcept {
  request_stop();
  if (thread_.joinable()) {
    thread_.join();
  }
  if (kind_ == WorkKind::background) {
    works_.clear();  // nobody else is left to look at them
  }
}

bool Janitor::is_this_thread() const noexcept {
  return runner_.load(std::memory_order_relaxed) == std::this_thread::get_id();  // see there
}

}  // namespace lathe
