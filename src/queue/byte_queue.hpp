// SPDX-License-Identifier: MIT
//
// ByteQueue: boost::lockfree::spsc_queue of bytes whose contents the consumer reads in place.

#pragma once

#include <boost/interprocess/offset_ptr.hpp>
#include <boost/lockfree/spsc_queue.hpp>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <new>
#include <span>

#include "os/memory.hpp"

namespace lathe {

// What lies one behind the other in a queue or a spool begins on such boundaries.
[[nodiscard]] constexpr std::size_t round_up_8(std::size_t bytes) noexcept {
  return (bytes + 7) & ~std::size_t{7};
}

// Boost's queue takes its storage from an allocator; this one hands it a block that we know. The
// block is mapped twice in a row, so that everything readable lies in one piece even where the
// ring wraps:
//
//   memory   |  tail of the ring ...  | mirror: the same pages again |
//                        ^front()                       ^front() + read_available()
//
// The consumer reads there, and release() moves Boost's read index on when the bytes are written:
// pop() into the very place where the bytes already are, which memmove leaves alone. In the same
// way the producer writes in place, and publish() moves Boost's write index on. (A record that was
// built elsewhere and copied at once costs some 10 ns more: the copy's wide loads have to wait
// until the narrow stores before them have left the processor's store buffer.)
//
// Boost's queue object itself (the two indices) lies in a block that we know, too, and refers to
// its storage by a distance, not an address: in a mapped file, both are good for whoever maps it
// next.
//
// Edges: Q  queue bytes  R: boost's push()  A: boost's read_available()     (inside Boost)
//        P  queue room   R: boost's pop()   A: boost's write_available()    (inside Boost)
//
// Threads:   publish, room: the producer; readable, release: the consumer
// Cost:      publish is two loads and a store; no system call, no allocation
// Tested by: ByteQueueTest
class ByteQueue {
 public:
  // Bytes of the block for the two indices, and how it must be aligned: Boost pads between its two
  // indices, not around them, and nothing else may share their lines. 128, not 64, since x86
  // fetches lines in pairs.
  static constexpr std::size_t kIndexBytes = 512;
  static constexpr std::size_t kIndexAlignment = 128;

  // Makes an empty queue in memory that must outlive it. Boost keeps one element free to tell full
  // from empty.
  ByteQueue(std::byte* index_block, const MirroredMemory& memory)
      : base_(memory.data()),
        size_bytes_(memory.size()),
        queue_(new (index_block)
                   Queue(memory.size() - 1, BlockAllocator<std::byte>(memory.data()))) {
    static_assert(sizeof(Queue) <= kIndexBytes && alignof(Queue) <= kIndexAlignment);
  }

  struct Existing {};

  // The queue that another process has made in this memory. Whatever is in there, nothing outside
  // of `memory` is read: is_sound() tells whether it can be a queue at all.
  ByteQueue(Existing, std::byte* index_block, const MirroredMemory& memory)
      : base_(memory.data()),
        size_bytes_(memory.size()),
        queue_(std::launder(reinterpret_cast<Queue*>(index_block))) {}

  [[nodiscard]] bool is_sound() const noexcept {
    const std::size_t readable_bytes = queue_->read_available();
    return readable_bytes < size_bytes_ &&
           (readable_bytes == 0 || reinterpret_cast<std::uintptr_t>(&queue_->front()) -
                                           reinterpret_cast<std::uintptr_t>(base_) <
                                       size_bytes_);
  }

  ByteQueue(const ByteQueue&) = delete;
  ByteQueue& operator=(const ByteQueue&) = delete;

  [[nodiscard]] std::size_t capacity_bytes() const noexcept { return size_bytes_ - 1; }

  // Bytes that fit now; only the producer makes it less.
  [[nodiscard]] std::size_t room_bytes() const noexcept { return queue_->write_available(); }

  // Where the producer writes first.
  [[nodiscard]] std::byte* start() const noexcept { return base_; }

  // Publishes `size_bytes` that the producer has written at `next`, and moves that on: to start(),
  // and from there as every publish() left it, is where bytes are written, in one piece.
  // Precondition: size_bytes <= room_bytes(), so that the push is all or nothing.
  void publish(std::byte*& next, std::size_t size_bytes) noexcept {
    const auto count = static_cast<std::ptrdiff_t>(size_bytes);
    [[maybe_unused]] const InPlace end = queue_->push(InPlace{0, false}, InPlace{count, true});
    assert(end.position == count);
    next += size_bytes;
    if (next >= base_ + size_bytes_) next -= size_bytes_;
  }

  // What can be read now, in one piece. Stays valid until release().
  [[nodiscard]] std::span<const std::byte> readable() noexcept {
    const std::size_t size_bytes = queue_->read_available();
    if (size_bytes == 0) {  // front() needs an element
      return {};
    }
    return {&queue_->front(), size_bytes};
  }

  // Where in the memory a byte of readable() lies.
  [[nodiscard]] std::uint32_t offset_of(const std::byte* at) const noexcept {
    const auto distance = static_cast<std::size_t>(at - base_);
    return static_cast<std::uint32_t>(distance < size_bytes_ ? distance : distance - size_bytes_);
  }

  // Gives `size_bytes` of what readable() returned back to the producer.
  void release(std::size_t size_bytes) noexcept {
    if (size_bytes == 0) {
      return;
    }
    const std::size_t popped = queue_->pop(&queue_->front(), size_bytes);
    assert(popped == size_bytes);
    (void)popped;
  }

 private:
  // A position in bytes that are in the queue's memory already, so that push() finds nothing to
  // copy: the end is as far from the beginning as it has bytes, but whatever has walked there from
  // the beginning has no way to go.
  struct InPlace {
    using iterator_category = std::random_access_iterator_tag;  // NOLINT: names of iterators
    using value_type = std::byte;                               // NOLINT
    using difference_type = std::ptrdiff_t;                     // NOLINT
    using pointer = const std::byte*;                           // NOLINT
    using reference = const std::byte&;                         // NOLINT

    std::ptrdiff_t position;
    bool is_end;

    InPlace& operator+=(std::ptrdiff_t count) noexcept {
      position += count;
      return *this;
    }
    InPlace& operator++() noexcept { return *this += 1; }
    std::ptrdiff_t operator-(const InPlace& other) const noexcept {
      return is_end ? position - other.position : 0;
    }
    bool operator==(const InPlace& other) const noexcept { return *this - other == 0; }
    const std::byte& operator*() const noexcept {
      static constexpr std::byte kNone{0};
      return kNone;  // never asked for
    }
  };

  // Hands out one block that somebody else owns.
  template <class T>
  struct BlockAllocator {
    using value_type = T;
    using pointer = boost::interprocess::offset_ptr<T>;  // NOLINT: a name that allocators have
    explicit BlockAllocator(std::byte* block_) noexcept : block(block_) {}
    template <class U>
    BlockAllocator(const BlockAllocator<U>& other) noexcept  // NOLINT: allocators convert
        : block(other.block) {}
    pointer allocate(std::size_t) noexcept { return pointer(reinterpret_cast<T*>(block)); }
    void deallocate(const pointer&, std::size_t) noexcept {}
    bool operator==(const BlockAllocator&) const noexcept = default;
    std::byte* block;
  };

  using Queue =
      boost::lockfree::spsc_queue<std::byte, boost::lockfree::allocator<BlockAllocator<std::byte>>>;

  std::byte* base_;
  std::size_t size_bytes_;
  Queue* queue_;  // its destructor has nothing to do: neither memory nor elements are its own
};

}  // namespace lathe
