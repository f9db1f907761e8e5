// SPDX-License-Identifier: MIT

#include "engine/requests.hpp"

#include <algorithm>
#include <utility>

namespace lathe {

namespace {

// The longest wait: as good as for ever, and far from where now + wait overflows.
constexpr std::chrono::nanoseconds kWaitMax = std::chrono::hours(24 * 365);

}  // namespace

RequestPtr Requests::ask(RequestKind kind) {
  auto request = std::make_shared<Request>(Request{.kind = kind});
  const std::lock_guard lock(mutex_);
  if (closed_) {
    return nullptr;
  }
  asked_.push_back(request);
  pending_.store(true, std::memory_order_release);  // R:F
  return request;
}

std::error_code Requests::wait(const RequestPtr& request,
                               std::optional<std::chrono::nanoseconds> limit) {
  std::unique_lock lock(mutex_);
  const auto is_answered = [&] { return request->answered || closed_; };
  if (!limit) {
    answered_.wait(lock, is_answered);
  } else if (!answered_.wait_for(lock, std::min(*limit, kWaitMax), is_answered)) {
    return std::make_error_code(std::errc::timed_out);
  }
  return request->answered ? request->error : closing_error_;
}

std::optional<std::error_code> Requests::answer_of(const RequestPtr& request) {
  const std::lock_guard lock(mutex_);
  return request->answered ? std::optional(request->error) : std::nullopt;
}

std::vector<RequestPtr> Requests::take() {
  if (!pending_.load(std::memory_order_acquire)) {  // A:F
    return {};
  }
  const std::lock_guard lock(mutex_);
  pending_.store(false, std::memory_order_release);  // R:F (we hold the mutex)
  return std::exchange(asked_, {});
}

void Requests::answer(const RequestPtr& request, std::error_code error) {
  {
    const std::lock_guard lock(mutex_);
    request->answered = true;
    request->error = error;
  }
  answered_.notify_all();
}

void Requests::close(std::error_code error) {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    closing_error_ = error;
    for (const RequestPtr& request : asked_) {
      request->answered = true;
      request->error = error;
    }
    asked_.clear();
  }
  answered_.notify_all();
}

}  // namespace lathe
