// SPDX-License-Identifier: MIT
//
// ProducerRegistry: the producers of one backend, from a thread's first call to its queue's end.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include <lathe/options.hpp>
#include <lathe/stats.hpp>

#include "queue/producer.hpp"

namespace lathe {

// Edges: N  new producer  R: add()  A: changed(), before the drain reads the list
//        V  the same      R: add()  A: for_each()
//
// Threads:   thread-safe, but changed() and drop() are the backend thread's
// Lifetime:  shared by the backend and by threads that are about to register
// Tested by: ProducerRegistryTest
class ProducerRegistry {
 public:
  explicit ProducerRegistry(std::shared_ptr<QueueShared> shared);

  // Makes the calling thread's producer, or takes one from a thread that has ended. Returns null
  // once the registry is closed. Throws std::system_error or std::bad_alloc.
  [[nodiscard]] std::shared_ptr<Producer> add();

  // True once after each add(); then the drain calls list() again.
  [[nodiscard]] bool changed() noexcept {
    return changed_.exchange(false, std::memory_order_acq_rel);  // R:N A:N
  }
  [[nodiscard]] std::vector<std::shared_ptr<Producer>> list() const;

  // Forgets a retired producer that was drained; its counts stay, its queue waits for reuse.
  void drop(const std::shared_ptr<Producer>& producer);

  // The same for crash handlers, before drop() and inside the DrainGate.
  void forget(const Producer& producer) noexcept;

  // Calls `use` with every producer that is not forgotten, as far as the table goes: a thread
  // beyond kTableSize is left out. For a crash handler that has the gate: takes no lock.
  template <class Use>
  void for_each(Use&& use) const noexcept {
    for (const std::atomic<Producer*>& entry : table_) {
      if (Producer* producer = entry.load(std::memory_order_acquire)) use(*producer);  // A:V
    }
  }
  static constexpr std::size_t kTableSize = 4096;

  // Makes a queue ready for the next new thread, if none is. wants_spare() is true once after each
  // add() that took the last.
  void prepare_spare();
  [[nodiscard]] bool wants_spare() noexcept {
    return wants_spare_.exchange(false, std::memory_order_relaxed);  // a hint
  }

  // No producer is added from now on; those that wait for room go on, without it.
  void close();

  // Adds what producers count, those of ended threads included.
  void add_to(Stats& stats) const;

  [[nodiscard]] QueueShared& shared() noexcept { return *shared_; }

 private:
  // Queues of ended threads kept for new ones: mapping and touching 256 KiB takes 0.2 ms, and
  // programs that start threads all the time have few at once. 4 x 256 KiB is the 1 MiB of lathe's
  // own 4 MiB that go into it.
  static constexpr std::size_t kSparesMax = 4;

  void add_locked(const std::shared_ptr<Producer>& producer);

  const std::shared_ptr<QueueShared> shared_;

  mutable std::mutex mutex_;
  // Guarded by mutex_.
  bool closed_ = false;
  std::vector<std::shared_ptr<Producer>> producers_;
  std::vector<std::shared_ptr<Producer>> spares_;
  std::uint64_t accepted_before_ = 0;  // of producers that are gone or reused
  Stats dropped_before_;

  // Shared: edge N.
  std::atomic<bool> changed_{false};
  std::atomic<bool> wants_spare_{false};                    // relaxed: a hint
  std::array<std::atomic<Producer*>, kTableSize> table_{};  // edge V; filled under mutex_
};

}  // namespace lathe
