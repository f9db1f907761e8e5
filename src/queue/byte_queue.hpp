// SPDX-License-Identifier: MIT
//
// ByteQueue: boost::lockfree::spsc_queue of bytes whose contents the consumer reads in place.

#pragma once

#include <boost/lockfree/spsc_queue.hpp>
#include <cassert>
#include <cstddef>
#include <span>

#include "os/memory.hpp"

namespace lathe {

// Boost's queue takes its storage from an allocator; this one hands it a block that we know. The
// block is mapped twice in a row, so that everything readable lies in one piece even where the
// ring wraps:
//
//   memory   |  tail of the ring ...  | mirror: the same pages again |
//                        ^front()                       ^front() + read_available()
//
// The consumer reads there, and release() moves Boost's read index on when the bytes are written:
// pop() into the very place where the bytes already are, which memmove leaves alone.
//
// Edges: Q  queue bytes  R: boost's push()  A: boost's read_available()     (inside Boost)
//        P  queue room   R: boost's pop()   A: boost's write_available()    (inside Boost)
//
// Threads:   push, room: the producer; readable, release: the consumer
// Cost:      push is two loads, a copy and a store; no system call, no allocation
// Tested by: ByteQueueTest
class ByteQueue {
 public:
  // `memory` must outlive the queue. Boost keeps one element free to tell full from empty.
  explicit ByteQueue(MirroredMemory& memory)
      : capacity_bytes_(memory.size() - 1),
        queue_(capacity_bytes_, BlockAllocator<std::byte>(memory.data())) {}

  ByteQueue(const ByteQueue&) = delete;
  ByteQueue& operator=(const ByteQueue&) = delete;

  [[nodiscard]] std::size_t capacity_bytes() const noexcept { return capacity_bytes_; }

  // Bytes that fit now; only the producer makes it less.
  [[nodiscard]] std::size_t room_bytes() const noexcept { return queue_.write_available(); }

  // Precondition: size_bytes <= room_bytes(), so that the push is all or nothing.
  void push(const std::byte* bytes, std::size_t size_bytes) noexcept {
    const std::size_t pushed = queue_.push(bytes, size_bytes);
    assert(pushed == size_bytes);
    (void)pushed;
  }

  // What can be read now, in one piece. Stays valid until release().
  [[nodiscard]] std::span<const std::byte> readable() noexcept {
    const std::size_t size_bytes = queue_.read_available();
    if (size_bytes == 0) {  // front() needs an element
      return {};
    }
    return {&queue_.front(), size_bytes};
  }

  // Gives `size_bytes` of what readable() returned back to the producer.
  void release(std::size_t size_bytes) noexcept {
    if (size_bytes == 0) {
      return;
    }
    const std::size_t popped = queue_.pop(&queue_.front(), size_bytes);
    assert(popped == size_bytes);
    (void)popped;
  }

 private:
  // Hands out one block that somebody else owns.
  template <class T>
  struct BlockAllocator {
    using value_type = T;
    explicit BlockAllocator(std::byte* block_) noexcept : block(block_) {}
    template <class U>
    BlockAllocator(const BlockAllocator<U>& other) noexcept  // NOLINT: allocators convert
        : block(other.block) {}
    T* allocate(std::size_t) noexcept { return reinterpret_cast<T*>(block); }
    void deallocate(T*, std::size_t) noexcept {}
    bool operator==(const BlockAllocator&) const noexcept = default;
    std::byte* block;
  };

  using Queue =
      boost::lockfree::spsc_queue<std::byte, boost::lockfree::allocator<BlockAllocator<std::byte>>>;

  std::size_t capacity_bytes_;
  // Boost pads between its two indices, not around them: nothing else may share their lines. 128,
  // not 64, since x86 fetches lines in pairs.
  alignas(128) Queue queue_;
};

}  // namespace lathe
