// SPDX-License-Identifier: MIT
//
// What other threads ask of a BackendCore: flush, sync, rotate, reopen.

#include "engine/backend_core.hpp"

namespace lathe {

std::error_code BackendCore::ask(RequestKind kind, std::optional<std::chrono::nanoseconds> limit) {
  if (is_inherited()) {
    return std::make_error_code(std::errc::operation_not_supported);
  }
  if (is_own_thread()) {
    return std::make_error_code(std::errc::resource_deadlock_would_occur);
  }
  const RequestPtr request = requests_.ask(kind);
  if (request == nullptr) {
    return std::make_error_code(std::errc::operation_canceled);
  }
  if (options_.thread == BackendThread::manual) {
    return ask_manually(request, limit);
  }
  registry_->shared().signal.wake();
  return requests_.wait(request, limit);
}

// Steps itself, unless another thread is just doing it.
std::error_code BackendCore::ask_manually(const RequestPtr& request,
                                          std::optional<std::chrono::nanoseconds> limit) {
  const std::int64_t start_ns = clock_.steady_ns();
  for (;;) {
    if (const auto answer = requests_.answer_of(request)) {
      return *answer;
    }
    if (limit && clock_.steady_ns() - start_ns >= limit->count()) {
      return std::make_error_code(std::errc::timed_out);
    }
    if (step_mutex_.try_lock()) {
      const std::lock_guard lock(step_mutex_, std::adopt_lock);
      (void)step_safely();
    } else {
      (void)requests_.wait(request, kTurnPause);
    }
  }
}

void BackendCore::take_requests() {
  std::vector<RequestPtr> asked = requests_.take();
  waiting_.insert(waiting_.end(), asked.begin(), asked.end());
  take_waits();
  if (draining_.empty() && !waiting_.empty()) {
    draining_.swap(waiting_);
    drain_.mark();
  }
}

// All log calls that wait by now share one request for a sync; one such request at a time, and not
// before those are back that the last one has answered: see CommitGroup. At the end nobody is
// waited for.
void BackendCore::take_waits() {
  DurableWaits& waits = registry_->shared().waits;
  const bool is_lost = are_waits_out_ && waits_out_.expired();  // nobody will answer it any more
  if (are_waits_out_ && !is_lost && !shutting_down_) {
    return;
  }
  if (is_gathering_ && clock_.steady_ns() >= group_.until_ns()) {
    is_gathering_ = false;
    waits.expect(1);
  }
  if (!waits.has_asked() && !is_lost) {
    return;
  }
  if (is_gathering_ && !shutting_down_ && waits.asked() < group_.expected(clock_.steady_ns())) {
    return;
  }
  waiting_.push_back(std::make_shared<Request>(Request{.kind = RequestKind::sync}));
  waits_out_ = waiting_.back();
  are_waits_out_ = true;
  is_gathering_ = false;
  waits_since_ns_ = clock_.steady_ns();
  waits.expect(DurableWaits::kNobodyWakes);
  waiting_.back()->wait_ticket = waits.take();
}

void BackendCore::answer(const RequestPtr& request, std::error_code error) {
  if (request->wait_ticket == 0) {
    requests_.answer(request, error);
    return;
  }
  DurableWaits& waits = registry_->shared().waits;
  const DurableWaits::Counts counts = waits.answer(request->wait_ticket, error);
  const std::int64_t now_ns = clock_.steady_ns();
  group_.note_answer(counts.answered, counts.waiting, now_ns - waits_since_ns_, now_ns);
  are_waits_out_ = false;
  is_gathering_ = true;
  waits.expect(group_.expected(now_ns));
}

bool BackendCore::finish_requests() {
  if (draining_.empty() || sinks_.is_stuck() || !drain_.reached_mark()) {
    return false;
  }
  publish_sink_stats();
  const std::error_code error = sinks_.take_error();
  std::vector<RequestPtr> syncs;
  for (const RequestPtr& request : draining_) {
    switch (request->kind) {
      case RequestKind::flush:
        requests_.answer(request, error);
        break;
      case RequestKind::rotate: {
        const std::error_code failed = sinks_.rotate();
        requests_.answer(request, error ? error : failed);
        break;
      }
      case RequestKind::reopen: {
        const std::error_code failed = sinks_.reopen();
        requests_.answer(request, error ? error : failed);
        break;
      }
      case RequestKind::sync:
        syncs.push_back(request);
        break;
    }
  }
  draining_.clear();
  if (!syncs.empty()) {
    sinks_.start_sync([this, syncs, error](std::error_code failed) mutable {
      publish_sink_stats();
      answer_all(syncs, error ? error : failed);
    });
  }
  return true;
}

void BackendCore::answer_all(std::vector<RequestPtr>& requests, std::error_code error) {
  for (const RequestPtr& request : requests) {
    answer(request, error);
  }
  requests.clear();
}

}  // namespace lathe
