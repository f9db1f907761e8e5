// SPDX-License-Identifier: MIT
//
// ByteQueue: a bounded queue of bytes between two threads, both of which work in its memory.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include <lathe/queue_front.hpp>

#include "os/memory.hpp"

namespace lathe {

// What lies one behind the other in a queue or a spool begins on such boundaries.
[[nodiscard]] constexpr std::size_t round_up_8(std::size_t bytes) noexcept {
  return (bytes + 7) & ~std::size_t{7};
}

// The two ends of a queue, in memory that whoever recovers it can see. 128 bytes apart, not 64,
// since x86 fetches lines in pairs.
struct QueueIndices {
  static constexpr std::size_t kAlignment = 128;

  alignas(kAlignment) std::atomic<std::uint64_t> pushed_bytes{0};    // ever; edge Q
  alignas(kAlignment) std::atomic<std::uint64_t> released_bytes{0};  // ever; edge P
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);  // in shared memory

// The memory is mapped twice in a row, so that everything readable lies in one piece even where the
// ring wraps:
//
//   memory   |  tail of the ring ...  | mirror: the same pages again |
//                        ^readable()                    ^its end
//
// Writer and reader count the bytes that went through, ever; the difference is what is in there.
// The writer's part is a QueueFront, which a log call looks at, and nothing else: neither the other
// end nor where the ring wraps. It may go on into the mirror up to its limit, which set_limit()
// tells it, and which brings it back.
//
// Edges: Q  queue bytes  R: publish_bytes()  A: readable()
//        P  queue room   R: release()        A: room_bytes(), renew_limit()
//
// Threads:   begin, set_limit, room_bytes: the producer; the rest: the consumer
// Tested by: ByteQueueTest
class ByteQueue {
 public:
  // Both must outlive it.
  ByteQueue(QueueIndices& indices, const MirroredMemory& memory) noexcept
      : indices_(&indices), base_(memory.data()), size_bytes_(memory.size()) {}

  // Of indices that another process has left, whatever they are: once this is true, nothing outside
  // of the memory is read.
  [[nodiscard]] bool is_sound() const noexcept { return used_bytes() <= size_bytes_; }

  ByteQueue(const ByteQueue&) = delete;
  ByteQueue& operator=(const ByteQueue&) = delete;

  [[nodiscard]] std::size_t capacity_bytes() const noexcept { return size_bytes_; }

  // Bytes that fit now; only the producer makes it less.
  [[nodiscard]] std::size_t room_bytes() const noexcept { return size_bytes_ - used_bytes(); }

  // The front of a writer that has pushed nothing yet. Its limit lets nothing through.
  void begin(QueueFront& front) const noexcept {
    front.next = front.limit = base_;
    front.origin = reinterpret_cast<std::uintptr_t>(base_);
    front.pushed_bytes = &indices_->pushed_bytes;
    front.released_bytes = &indices_->released_bytes;
    front.ring_end = base_ + size_bytes_;
    front.ring_bytes = size_bytes_;
  }

  // From here on `budget_bytes` may be pushed without a look; no more than room_bytes().
  static void set_limit(QueueFront& front, std::size_t budget_bytes) noexcept {
    leave_mirror(front);
    front.limit = front.next + budget_bytes;
  }

  // What can be read now, in one piece. Stays valid until release(). One number says where it
  // begins: a crash handler that stops the reader anywhere finds the queue as it is before or after
  // a release.
  [[nodiscard]] std::span<const std::byte> readable() const noexcept {
    const std::uint64_t released = indices_->released_bytes.load(std::memory_order_acquire);  // A:P
    return {base_ + released % size_bytes_, used_bytes(released)};
  }

  // Where in the memory a byte of readable() lies.
  [[nodiscard]] std::uint32_t offset_of(const std::byte* at) const noexcept {
    const auto distance = static_cast<std::size_t>(at - base_);
    return static_cast<std::uint32_t>(distance < size_bytes_ ? distance : distance - size_bytes_);
  }

  // Gives `size_bytes` of what readable() returned back to the producer.
  void release(std::size_t size_bytes) noexcept {
    std::atomic<std::uint64_t>& released = indices_->released_bytes;
    released.store(released.load(std::memory_order_relaxed) + size_bytes,  // our own
                   std::memory_order_release);                             // R:P
  }

 private:
  // Each side knows its own end, and acquires the other's.
  [[nodiscard]] std::size_t used_bytes() const noexcept {
    return used_bytes(indices_->released_bytes.load(std::memory_order_acquire));  // A:P
  }
  [[nodiscard]] std::size_t used_bytes(std::uint64_t released) const noexcept {
    const std::uint64_t pushed = indices_->pushed_bytes.load(std::memory_order_acquire);  // A:Q
    return static_cast<std::size_t>(pushed - released);
  }

  QueueIndices* indices_;
  std::byte* base_;
  std::size_t size_bytes_;
};

}  // namespace lathe
