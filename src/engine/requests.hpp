// SPDX-License-Identifier: MIT
//
// Requests: what other threads ask of the backend thread, and how they wait for the answer.

#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <system_error>
#include <vector>

namespace lathe {

enum class RequestKind : std::uint8_t { flush, sync, rotate, reopen };

// One request. The asker and the backend hold it together, so that an asker whose deadline has
// passed can just leave.
struct Request {
  RequestKind kind;
  std::uint64_t wait_ticket = 0;  // not 0: it stands for log calls, see DurableWaits
  bool answered = false;          // guarded by Requests' mutex
  std::error_code error = {};     // guarded by Requests' mutex
};
using RequestPtr = std::shared_ptr<Request>;

// Edges: F  request  R: ask()  A: take(); the mutex carries the rest: what a thread logged, and
// what
//           other threads logged and told the asker, before ask() is seen after take().
//
// Threads:   ask and wait: any thread; take and answer: the backend thread
// Tested by: BackendTest, BackendStressTest
class Requests {
 public:
  // Returns null if the backend is closed.
  [[nodiscard]] RequestPtr ask(RequestKind kind);

  // Waits for the answer; errc::timed_out when `limit` has passed first.
  [[nodiscard]] std::error_code wait(const RequestPtr& request,
                                     std::optional<std::chrono::nanoseconds> limit);
  [[nodiscard]] std::optional<std::error_code> answer_of(const RequestPtr& request);

  // All that was asked since the last take(). One load if nothing was.
  [[nodiscard]] std::vector<RequestPtr> take();
  void answer(const RequestPtr& request, std::error_code error);

  // Answers everything with `error`, what was taken included, and takes nothing more. Any thread.
  void close(std::error_code error);

 private:
  std::mutex mutex_;
  std::condition_variable answered_;
  std::vector<RequestPtr> asked_;  // guarded by mutex_
  bool closed_ = false;            // guarded by mutex_
  std::error_code closing_error_;  // guarded by mutex_
  std::atomic<bool> pending_{false};
};

}  // namespace lathe
