// SPDX-License-Identifier: MIT
//
// Backend: the public face of BackendCore.

#include <lathe/backend.hpp>

#include <cassert>
#include <utility>

#include "engine/backend_core.hpp"
#include "os/clock.hpp"

namespace lathe {

Backend::Backend(std::unique_ptr<Sink> sink) : Backend(BackendOptions{}, std::move(sink)) {}

Backend::Backend(BackendOptions options, std::unique_ptr<Sink> sink)
    : Backend(std::move(options), sinks(std::move(sink))) {}

Backend::Backend(BackendOptions options, Sinks sinks)
    : core_(std::make_unique<BackendCore>(options, std::move(sinks), system_clock())) {}

Backend::Backend(std::unique_ptr<BackendCore> core) noexcept : core_(std::move(core)) {}

Backend::~Backend() {
  if (core_->is_inherited()) {
    // In a child of fork: threads, queues and files are the parent's, which writes and closes them.
    (void)core_.release();
  } else if (core_->stop() == StopResult::left_behind) {
    BackendCore::keep_for_ever(std::move(core_));
  }
}

Logger Backend::logger(std::string_view name) { return Logger(core_->logger(name)); }

std::error_code Backend::flush() { return core_->ask(RequestKind::flush, std::nullopt); }
std::error_code Backend::flush(std::chrono::nanoseconds deadline) {
  return core_->ask(RequestKind::flush, deadline);
}
std::error_code Backend::sync() { return core_->ask(RequestKind::sync, std::nullopt); }
std::error_code Backend::sync(std::chrono::nanoseconds deadline) {
  return core_->ask(RequestKind::sync, deadline);
}
std::error_code Backend::rotate() { return core_->ask(RequestKind::rotate, std::nullopt); }
std::error_code Backend::reopen() { return core_->ask(RequestKind::reopen, std::nullopt); }

Stats Backend::stats() const { return core_->stats(); }

bool Backend::step() { return core_->step(); }

}  // namespace lathe
