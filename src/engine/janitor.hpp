// SPDX-License-Identifier: MIT
//
// Janitor: a thread beside the backend thread, for everything about files that takes its time.

#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <lathe/sink.hpp>

#include "os/thread.hpp"
#include "queue/signal.hpp"

namespace lathe {

// What SinkHost says of post() and of post_background().
enum class WorkKind : std::uint8_t {
  prompt,      // milliseconds; the thread is there from the start; stop() runs all that was posted
  background,  // minutes; the thread is made for the first work, at low priority; stop() waits for
               // the running work, which sees its token, and discards those that have not begun
};

// Runs works in order, one at a time; what a work returns comes back to the backend thread. Without
// a thread (BackendThread::manual), run() does it all.
//
// Edges: J  completions waiting  R: after a work  A: run()
//
// Threads:   post(), run(), stop(): the backend thread; stop() also the one that destroys it;
//            is_this_thread(): any
// Errors:    a work that throws is reported through `on_throw`, and the next one goes on. So is a
//            thread for the first background work that cannot be had; the next post() tries again.
// Tested by: JanitorTest
class Janitor {
 public:
  using Work = SinkHost::BackgroundWork;
  using PromptWork = SinkHost::Work;
  using Completion = std::function<void()>;
  using OnThrow = std::function<void(const char* what)>;

  // `signal` is woken when a completion waits. Throws std::system_error if no thread can be had.
  Janitor(WorkKind kind, bool threaded, WakeSignal& signal, OnThrow on_throw);
  ~Janitor();
  Janitor(const Janitor&) = delete;
  Janitor& operator=(const Janitor&) = delete;

  // After stop(), background work is discarded and prompt work waits for run().
  void post(Work work);
  void post(PromptWork work);

  // Runs the completions that wait; without a thread, the works first. Returns false if there was
  // nothing to do.
  bool run();

  // The first half of stop(), which waits for nothing: works see their token, background works that
  // have not begun never will.
  void request_stop() noexcept;

  // Ends the thread, after the works that WorkKind says. Completions are left to run().
  void stop() noexcept;

  // Works that were run. Relaxed: compared with itself, to see that something goes on.
  [[nodiscard]] std::uint64_t works_done() const noexcept {
    return works_done_.load(std::memory_order_relaxed);  // see above
  }

  // True on the thread that runs the works.
  [[nodiscard]] bool is_this_thread() const noexcept;

 private:
  void start_thread();
  void loop() noexcept;
  bool run_works_here();
  void run_work(const Work& work) noexcept;

  // True if `works_` must not be touched any more.
  [[nodiscard]] bool has_given_up() const noexcept {
    return stopping_ && kind_ == WorkKind::background;
  }

  // Constant after construction.
  const WorkKind kind_;
  const bool threaded_;
  const CpuMask cpus_;  // of the thread that made us: the backend thread may be pinned
  WakeSignal& signal_;
  const OnThrow on_throw_;
  std::stop_source stop_;  // for background works

  std::mutex mutex_;
  std::condition_variable changed_;
  // Guarded by mutex_.
  std::deque<Work> works_;
  std::vector<Completion> completions_;
  std::vector<std::string> complaints_;
  bool stopping_ = false;

  // Shared: edge J. Spares run() the mutex when there is nothing.
  std::atomic<bool> has_completions_{false};
  // Shared. Relaxed: a thread compares it with itself only, and sees what it wrote itself.
  std::atomic<std::thread::id> runner_{};
  std::atomic<std::uint64_t> works_done_{0};

  std::thread thread_;
};

}  // namespace lathe
