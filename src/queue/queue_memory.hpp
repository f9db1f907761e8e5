// SPDX-License-Identifier: MIT
//
// QueueMemory: where a producer's queue lives, of its own or in a spool.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "os/memory.hpp"
#include "queue/byte_queue.hpp"

namespace lathe {

class Spool;

// Threads: thread-compatible
class QueueMemory {
 public:
  // Numbers from here on are of queues that are in no spool: good within this process only.
  static constexpr std::uint32_t kPrivateFirst = std::uint32_t{1} << 31;

  // Memory that ends with the process. Throws std::system_error or std::bad_alloc.
  explicit QueueMemory(std::size_t ring_bytes)
      : chunk_(next_private_number()),
        own_indices_(std::make_unique<QueueIndices>()),
        ring_(ring_bytes),
        indices_(own_indices_.get()) {}

  // A chunk of a spool: a page, and the ring behind it.
  QueueMemory(std::shared_ptr<Spool> spool, std::uint32_t chunk, MirroredMemory ring)
      : spool_(std::move(spool)),
        chunk_(chunk),
        ring_(std::move(ring)),
        indices_(new (ring_.first_page()) QueueIndices) {}

  QueueMemory(QueueMemory&&) = default;
  QueueMemory& operator=(QueueMemory&&) = delete;
  ~QueueMemory();

  [[nodiscard]] QueueIndices& indices() const noexcept { return *indices_; }
  [[nodiscard]] const MirroredMemory& ring() const noexcept { return ring_; }
  // The number of the chunk; see PassLog.
  [[nodiscard]] std::uint32_t chunk() const noexcept { return chunk_; }
  [[nodiscard]] bool is_in_spool() const noexcept { return spool_ != nullptr; }

  // Notes whose queue it is from now on, for whoever reads the spool. `name` is cut to fit.
  void set_owner(std::uint64_t serial, std::uint32_t thread_id, const std::string& name) noexcept;

 private:
  [[nodiscard]] static std::uint32_t next_private_number() noexcept;

  std::shared_ptr<Spool> spool_;  // null: memory of its own
  std::uint32_t chunk_;
  std::unique_ptr<QueueIndices> own_indices_;
  MirroredMemory ring_;
  QueueIndices* indices_;  // own_indices_, or in the page before the ring
};

}  // namespace lathe
