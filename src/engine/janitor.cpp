// SPDX-License-Identifier: MIT

#include "engine/janitor.hpp"

#include <exception>
#include <string>
#include <utility>

#include "engine/signal_block.hpp"
#include "os/thread.hpp"

namespace lathe {

Janitor::Janitor(bool threaded, WakeSignal& signal, OnThrow on_throw)
    : signal_(signal), on_throw_(std::move(on_throw)) {
  if (threaded) {
    const SignalBlock blocked;  // the thread inherits it
    thread_ = std::thread([this] { loop(); });
  }
}

Janitor::~Janitor() { stop(); }

void Janitor::post(Work work) {
  {
    const std::lock_guard lock(mutex_);
    works_.push_back(std::move(work));
  }
  changed_.notify_one();
}

bool Janitor::run() {
  bool worked = false;
  if (!thread_.joinable()) {  // none, or stopped: then what completions post is done here
    for (;;) {
      Work work;
      {
        const std::lock_guard lock(mutex_);
        if (works_.empty()) {
          break;
        }
        work = std::move(works_.front());
        works_.pop_front();
      }
      run_work(work);
      worked = true;
    }
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
      completion = work();
    } catch (const std::exception& error) {
      complaint = error.what();
    } catch (...) {
      complaint = "something that is no std::exception";
    }
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
  // A name is for people; without it everything works.
  (void)set_thread_name("lathe-janitor");
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !works_.empty(); });
    if (works_.empty()) {
      return;
    }
    const Work work = std::move(works_.front());
    works_.pop_front();
    lock.unlock();
    run_work(work);
    lock.lock();
  }
}

void Janitor::stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) {
    thread_.join();
  }
}

}  // namespace lathe
