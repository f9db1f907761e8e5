// SPDX-License-Identifier: MIT
//
// Janitor: the thread for everything about files that may take milliseconds.

#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <lathe/sink.hpp>

#include "queue/signal.hpp"

namespace lathe {

// Runs works in order, one at a time; what a work returns comes back to the backend thread. Without
// a thread (BackendThread::manual), run() does it all.
//
// Edges: J  completions waiting  R: after a work  A: run()
//
// Threads:   post(), run(), stop(): the backend thread; stop() also the one that destroys it
// Errors:    a work that throws is reported through `on_throw`, and the next one goes on
// Tested by: JanitorTest
class Janitor {
 public:
  using Work = SinkHost::Work;
  using Completion = std::function<void()>;
  using OnThrow = std::function<void(const char* what)>;

  // `signal` is woken when a completion waits. Throws std::system_error if no thread can be had.
  Janitor(bool threaded, WakeSignal& signal, OnThrow on_throw);
  ~Janitor();
  Janitor(const Janitor&) = delete;
  Janitor& operator=(const Janitor&) = delete;

  void post(Work work);

  // Runs the completions that wait; without a thread, the works first. Returns false if there was
  // nothing to do.
  bool run();

  // Runs everything that was posted, then ends the thread. Completions are left to run().
  void stop() noexcept;

  [[nodiscard]] std::thread::id thread_id() const noexcept { return thread_.get_id(); }

 private:
  void loop() noexcept;
  void run_work(const Work& work) noexcept;

  // Constant after construction.
  WakeSignal& signal_;
  const OnThrow on_throw_;

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::deque<Work> works_;
  std::vector<Completion> completions_;
  std::vector<std::string> complaints_;
  bool stopping_ = false;

  // Shared: edge J. Spares run() the mutex when there is nothing.
  std::atomic<bool> has_completions_{false};

  std::thread thread_;
};

}  // namespace lathe
