// SPDX-License-Identifier: MIT

#include "queue/producer_registry.hpp"

#include <algorithm>
#include <utility>

#include "os/thread.hpp"
#include "queue/bound_logger.hpp"

namespace lathe {

ProducerRegistry::ProducerRegistry(std::shared_ptr<QueueShared> shared)
    : shared_(std::move(shared)) {}

std::shared_ptr<Producer> ProducerRegistry::add() {
  const std::uint64_t serial = next_serial();
  const std::uint32_t thread_id = current_thread_id();
  std::string name = current_thread_name();
  {
    const std::lock_guard lock(mutex_);
    if (closed_) {
      return nullptr;
    }
    // A spare whose old thread still holds it (its guard is about to let go) is not ours yet.
    const auto spare = std::find_if(spares_.begin(), spares_.end(),
                                    [](const auto& each) { return each.use_count() == 1; });
    if (spare != spares_.end()) {
      std::shared_ptr<Producer> producer = *spare;
      producer->reuse(serial, thread_id, std::move(name));
      add_locked(producer);
      spares_.erase(spare);
      return producer;
    }
  }
  // Mapping and touching its memory takes a while: not under the mutex.
  auto producer = std::make_shared<Producer>(shared_, serial, thread_id, std::move(name));
  const std::lock_guard lock(mutex_);
  if (closed_) {
    return nullptr;
  }
  add_locked(producer);
  return producer;
}

void ProducerRegistry::add_locked(const std::shared_ptr<Producer>& producer) {
  producers_.push_back(producer);
  for (std::atomic<Producer*>& entry : table_) {
    if (entry.load(std::memory_order_relaxed) != nullptr) continue;  // filled under the mutex alone
    entry.store(producer.get(), std::memory_order_release);          // R:V
    break;
  }
  if (spares_.size() <= 1) {
    wants_spare_.store(true, std::memory_order_relaxed);  // a hint
  }
  changed_.store(true, std::memory_order_release);  // R:N
}

std::vector<std::shared_ptr<Producer>> ProducerRegistry::list() const {
  const std::lock_guard lock(mutex_);
  return producers_;
}

void ProducerRegistry::drop(const std::shared_ptr<Producer>& producer) {
  const std::lock_guard lock(mutex_);
  if (std::erase(producers_, producer) == 0) {
    return;
  }
  if (spares_.size() < kSparesMax) {
    spares_.push_back(producer);
  } else {
    accepted_before_ += producer->accepted();
    producer->add_dropped(dropped_before_);
  }
}

void ProducerRegistry::forget(const Producer& producer) noexcept {
  for (std::atomic<Producer*>& entry : table_) {
    if (entry.load(std::memory_order_relaxed) == &producer) {  // nobody else takes it out
      entry.store(nullptr, std::memory_order_release);         // R:V
      return;
    }
  }
}

void ProducerRegistry::prepare_spare() {
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || !spares_.empty()) {
      return;
    }
  }
  auto producer = std::make_shared<Producer>(shared_, 0, 0, std::string());
  producer->write_to_pages();
  const std::lock_guard lock(mutex_);
  spares_.push_back(std::move(producer));
}

void ProducerRegistry::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  shared_->closed.store(true, std::memory_order_relaxed);  // ordered by B, below
  for (const auto& producer : producers_) {
    producer->wake_if_waiting();
  }
}

void ProducerRegistry::add_to(Stats& stats) const {
  const std::lock_guard lock(mutex_);
  stats.records_accepted += accepted_before_;
  for (const auto* row : {&producers_, &spares_}) {
    for (const auto& producer : *row) {
      stats.records_accepted += producer->accepted();
      producer->add_dropped(stats);
    }
  }
  for (std::size_t level = 0; level < kLevelCount; ++level) {
    for (std::size_t cause = 0; cause < kDropCauseCount; ++cause) {
      stats.dropped[level][cause] += dropped_before_.dropped[level][cause];
    }
  }
  stats.records_dropped += dropped_before_.records_dropped;
  for (std::size_t level = 0; level < kLevelCount; ++level) {
    const std::uint64_t count =
        shared_->without_queue[level].load(std::memory_order_relaxed);  // statistics
    stats.dropped[level][static_cast<std::size_t>(DropCause::no_memory)] += count;
    stats.records_dropped += count;
  }
  stats.producers = producers_.size();
}

}  // namespace lathe
