// SPDX-License-Identifier: MIT

#include "queue/bound_logger.hpp"

#include <mutex>
#include <utility>

#include "os/lasting.hpp"
#include "os/thread.hpp"

namespace lathe {

namespace {

// Guards `registry_` of all loggers: it is read at a thread's first call to a backend, and written
// when a backend begins or ends. Never destroyed, since static destructors log.
std::mutex& bindings_mutex() {
  static Lasting<std::mutex> mutex;
  return mutex.get();
}

}  // namespace

BoundLogger::BoundLogger(std::string name_, Level level_, Unbound unbound_)
    : LoggerState{level_},
      name(std::move(name_)),
      unbound(unbound_),
      info{.serial = next_serial(), .name = name} {}

void BoundLogger::bind(std::shared_ptr<ProducerRegistry> registry, std::uint64_t id,
                       std::uint32_t number_) noexcept {
  const std::lock_guard lock(bindings_mutex());
  registry_ = std::move(registry);
  // All relaxed: see "Edges". backend_id last, though a thread may see them in any order: a record
  // with the number of another backend's logger would carry a wrong name, so look_up() reads the
  // registry under the mutex before anything is pushed.
  number.store(number_, std::memory_order_relaxed);                   // see above
  process_id.store(current_process_id(), std::memory_order_relaxed);  // see above
  backend_id.store(id, std::memory_order_relaxed);                    // see above
}

void BoundLogger::unbind(std::uint64_t id) noexcept {
  std::shared_ptr<ProducerRegistry> last;  // freed after the mutex
  const std::lock_guard lock(bindings_mutex());
  if (backend_id.load(std::memory_order_relaxed) != id) {  // we hold the mutex
    return;
  }
  backend_id.store(kNoBackend, std::memory_order_relaxed);  // see bind()
  last = std::move(registry_);
}

std::shared_ptr<ProducerRegistry> BoundLogger::registry() const noexcept {
  const std::lock_guard lock(bindings_mutex());
  return registry_;
}

std::uint64_t next_backend_id() noexcept {
  static std::atomic<std::uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);  // only uniqueness matters
}

std::uint64_t next_serial() noexcept {
  static std::atomic<std::uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);  // only uniqueness matters
}

}  // namespace lathe
