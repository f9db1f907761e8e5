// SPDX-License-Identifier: MIT
//
// The program-wide backend.

#include <lathe/global.hpp>

#include <cstdlib>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include "engine/backend_core.hpp"
#include "os/clock.hpp"
#include "os/lasting.hpp"
#include "queue/bound_logger.hpp"

namespace lathe {

namespace {

// Never destroyed, since static objects log in their destructors; at exit it is stopped instead.
struct Global {
  BoundLogger logger{"app", Level::info, Unbound::write_to_stderr};
  std::mutex life_mutex;  // one start or stop at a time
  std::mutex mutex;
  std::shared_ptr<BackendCore> backend;  // guarded by mutex
  bool stops_at_exit = false;            // guarded by life_mutex
};

Global& global() noexcept {
  static Lasting<Global> instance;
  return instance.get();
}

std::shared_ptr<BackendCore> current() {
  const std::lock_guard lock(global().mutex);
  return global().backend;
}

std::error_code ask(RequestKind kind, std::optional<std::chrono::nanoseconds> limit) {
  const std::shared_ptr<BackendCore> backend = current();
  return backend == nullptr ? std::error_code() : backend->ask(kind, limit);
}

// In a child of fork the backend is the parent's: forget it without touching it.
void forget_inherited(std::shared_ptr<BackendCore> backend) {
  (void)new std::shared_ptr<BackendCore>(std::move(backend));
}

}  // namespace

void start(BackendOptions options, Sinks sinks) {
  Global& all = global();
  const std::lock_guard life(all.life_mutex);
  if (current() != nullptr) {
    throw std::logic_error("lathe::start: it is started already");
  }
  auto backend = std::make_shared<BackendCore>(options, std::move(sinks), system_clock());
  if (!all.stops_at_exit) {
    all.stops_at_exit = std::atexit([] { stop(); }) == 0;
  }
  all.logger.level.store(options.level, std::memory_order_relaxed);  // advisory
  backend->adopt(all.logger);
  const std::lock_guard lock(all.mutex);
  all.backend = std::move(backend);
}

void stop() noexcept {
  const std::lock_guard life(global().life_mutex);
  std::shared_ptr<BackendCore> backend;
  {
    const std::lock_guard lock(global().mutex);
    backend = std::move(global().backend);
  }
  if (backend == nullptr) {
    return;
  }
  if (backend->is_inherited()) {
    forget_inherited(std::move(backend));
    return;
  }
  // Threads that are in flush() or sync() still hold it; they are answered by this.
  switch (backend->stop()) {
    case StopResult::stopped:
      backend->close_sinks();
      break;
    case StopResult::left_behind:
      BackendCore::keep_for_ever(std::move(backend));
      break;
    case StopResult::refused:
      const std::lock_guard lock(global().mutex);
      global().backend = std::move(backend);
      break;
  }
}

Logger log() noexcept { return Logger(global().logger); }

std::error_code flush() { return ask(RequestKind::flush, std::nullopt); }
std::error_code flush(std::chrono::nanoseconds deadline) {
  return ask(RequestKind::flush, deadline);
}
std::error_code sync() { return ask(RequestKind::sync, std::nullopt); }

}  // namespace lathe
