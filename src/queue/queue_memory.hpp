// SPDX-License-Identifier: MIT
//
// QueueMemory: where a producer's queue lives, of its own or in a spool.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
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
        own_index_(std::make_unique<IndexBlock>()),
        ring_(ring_bytes) {}

  // A chunk of a spool: a page, and the ring behind it.
  QueueMemory(std::shared_ptr<Spool> spool, std::uint32_t chunk, MirroredMemory ring)
      : spool_(std::move(spool)), chunk_(chunk), ring_(std::move(ring)) {}

  QueueMemory(QueueMemory&&) = default;
  QueueMemory& operator=(QueueMemory&&) = delete;
  ~QueueMemory();

  [[nodiscard]] std::byte* index_block() const noexcept {
    return own_index_ != nullptr ? own_index_->bytes.data() : ring_.first_page();
  }
  [[nodiscard]] const MirroredMemory& ring() const noexcept { return ring_; }
  // The number of the chunk; see PassLog.
  [[nodiscard]] std::uint32_t chunk() const noexcept { return chunk_; }
  [[nodiscard]] bool is_in_spool() const noexcept { return spool_ != nullptr; }

  // Notes whose queue it is from now on, for whoever reads the spool. `name` is cut to fit.
  void set_owner(std::uint64_t serial, std::uint32_t thread_id, const std::string& name) noexcept;

 private:
  [[nodiscard]] static std::uint32_t next_private_number() noexcept;

  struct alignas(ByteQueue::kIndexAlignment) IndexBlock {
    std::array<std::byte, ByteQueue::kIndexBytes> bytes;
  };

  std::shared_ptr<Spool> spool_;  // null: memory of its own
  std::uint32_t chunk_;
  std::unique_ptr<IndexBlock> own_index_;
  MirroredMemory ring_;
};

}  // namespace lathe
