// SPDX-License-Identifier: MIT
//
// HostPort: how a sink reaches its SinkHost, also before there is one.

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <new>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

#include <lathe/sink.hpp>

namespace lathe {

// Until attach(), work runs at once and what is told goes nowhere; the sink's counters have it.
//
// Threads:   backend thread only
// Lifetime:  owned by a sink; answers that come after its end are thrown away
// Tested by: HostPortTest, RotatingFileSinkTest
class HostPort {
 public:
  void attach(SinkHost& host) noexcept { host_ = &host; }

  // From now on work runs at once, as before attach().
  void end_posting() noexcept { may_post_ = false; }

  // Runs `job` on the janitor thread, and `done` with what it returned on the backend thread. The
  // job must own all that it uses; `done` may use the sink. A job that throws (there is no memory)
  // has returned a default-made result, so that `done` comes in any case.
  template <class Job, class Done>
  void post(Job job, Done done) {
    auto work = make_work<std::invoke_result_t<Job>>(std::move(job), std::move(done));
    if (host_ != nullptr && may_post_) {
      host_->post(std::move(work));
    } else {
      work()();
    }
  }

  // The same for a job of the background thread, which takes a std::stop_token. It may never run,
  // if the backend ends; `done` does not come then.
  template <class Job, class Done>
  void post_background(Job job, Done done) {
    using Result = std::invoke_result_t<Job, std::stop_token>;
    auto work = make_work<Result>(std::move(job), std::move(done));
    if (host_ != nullptr && may_post_) {
      host_->post_background(std::move(work));
    } else {
      work(std::stop_token{})();
    }
  }

  void tell(const std::string& message) {
    if (host_ != nullptr) host_->tell(message);
  }
  void sync_took(std::chrono::nanoseconds duration) {
    if (host_ != nullptr) host_->sync_took(duration);
  }
  void rotation_took(std::chrono::nanoseconds duration) {
    if (host_ != nullptr) host_->rotation_took(duration);
  }
  [[nodiscard]] std::uint64_t position() const { return host_ == nullptr ? 0 : host_->position(); }

 private:
  template <class Result, class Job, class Done>
  auto make_work(Job job, Done done) {
    // All memory for the answer is had here, where a failure can still be thrown.
    auto result = std::make_shared<Result>();
    std::function<void()> completion = [result, done = std::move(done),
                                        alive = std::weak_ptr<const bool>(alive_)] {
      if (!alive.expired()) done(std::move(*result));
    };
    return [job = std::move(job), result = std::move(result),
            completion = std::move(completion)](auto... token) mutable {
      try {
        *result = job(std::move(token)...);
      } catch (const std::bad_alloc&) {  // see post()
      }
      return std::move(completion);
    };
  }

  SinkHost* host_ = nullptr;
  bool may_post_ = true;
  std::shared_ptr<const bool> alive_ = std::make_shared<const bool>(true);
};

}  // namespace lathe
