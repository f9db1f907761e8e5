// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <thread>

#include "os/memory.hpp"
#include "queue/byte_queue.hpp"

namespace lathe {
namespace {

// A queue and its writer.
struct OwnedQueue {
  explicit OwnedQueue(const MirroredMemory& memory) : queue(indices, memory) { queue.begin(front); }
  QueueIndices indices;
  ByteQueue queue;
  QueueFront front;

  void push(const void* bytes, std::size_t size_bytes) {
    queue.set_limit(front, size_bytes);
    std::memcpy(front.next, bytes, size_bytes);
    publish_bytes(front, size_bytes);
  }
};

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void push(OwnedQueue& owned, std::string_view text) { owned.push(text.data(), text.size()); }

TEST(ByteQueueTest, ReadsInOnePieceWhereTheRingWraps) {
  MirroredMemory memory(page_bytes());
  OwnedQueue owned(memory);
  ByteQueue& queue = owned.queue;
  const std::string filler(page_bytes() - 100, 'x');
  push(owned, filler);
  queue.release(filler.size());

  std::string text;
  for (int i = 0; i < 300; ++i) {
    text.push_back(static_cast<char>('a' + i % 26));
  }
  push(owned, text);  // 100 bytes before the end, 200 after the beginning
  EXPECT_EQ(text_of(queue.readable()), text);
  queue.release(text.size());
  EXPECT_TRUE(queue.readable().empty());
}

TEST(ByteQueueTest, KeepsWhatIsNotReleased) {
  MirroredMemory memory(page_bytes());
  OwnedQueue owned(memory);
  ByteQueue& queue = owned.queue;
  push(owned, "one two three");
  queue.release(4);
  EXPECT_EQ(text_of(queue.readable()), "two three");
  EXPECT_EQ(text_of(queue.readable()), "two three") << "reading takes nothing away";
}

TEST(ByteQueueTest, HasRoomForAllOfItsMemory) {
  MirroredMemory memory(page_bytes());
  OwnedQueue owned(memory);
  ByteQueue& queue = owned.queue;
  EXPECT_EQ(queue.room_bytes(), page_bytes());
  push(owned, std::string(page_bytes(), 'x'));
  EXPECT_EQ(queue.room_bytes(), 0U);
  EXPECT_EQ(text_of(queue.readable()), std::string(page_bytes(), 'x'));
  queue.release(3);
  EXPECT_EQ(queue.room_bytes(), 3U);
}

// A writer with a limit does not look whether the ring wraps.
TEST(ByteQueueTest, LetsAWriterGoOnIntoTheMirror) {
  MirroredMemory memory(page_bytes());
  OwnedQueue owned(memory);
  ByteQueue& queue = owned.queue;
  const std::string filler(page_bytes() - 8, 'x');
  push(owned, filler);
  queue.release(filler.size());

  queue.set_limit(owned.front, 16);
  for (const char* const text : {"11111111", "22222222"}) {
    std::memcpy(owned.front.next, text, 8);
    publish_bytes(owned.front, 8);
  }
  EXPECT_EQ(owned.front.next, owned.front.limit);
  EXPECT_EQ(text_of(queue.readable()), "1111111122222222");
  queue.release(8);
  EXPECT_EQ(queue.offset_of(queue.readable().data()), 0U);
  queue.set_limit(owned.front, 0);
  EXPECT_EQ(owned.front.next, memory.data() + 8);
}

TEST(ByteQueueTest, IsFoundAgainInItsMemory) {
  MirroredMemory memory(page_bytes());
  OwnedQueue owned(memory);
  push(owned, std::string(page_bytes() - 4, 'x'));
  owned.queue.release(page_bytes() - 4);
  push(owned, "over the end");
  const ByteQueue again(owned.indices, memory);
  EXPECT_TRUE(again.is_sound());
  EXPECT_EQ(text_of(again.readable()), "over the end");
}

TEST(ByteQueueTest, TellsIndicesThatCannotBe) {
  MirroredMemory memory(page_bytes());
  for (const auto& [pushed, released] : {std::pair<std::uint64_t, std::uint64_t>{1, 2},
                                         {page_bytes() + 9, 8},
                                         {0, UINT64_MAX - page_bytes()}}) {
    QueueIndices indices;
    indices.pushed_bytes = pushed;
    indices.released_bytes = released;
    EXPECT_FALSE(ByteQueue(indices, memory).is_sound());
  }
}

TEST(ByteQueueTest, EdgesQAndPCarryEveryByteInOrder) {
  MirroredMemory memory(page_bytes());
  OwnedQueue owned(memory);
  ByteQueue& queue = owned.queue;
  constexpr std::uint64_t kNumbers = 300'000;
  std::thread producer([&] {
    std::mt19937 random(7);
    for (std::uint64_t next = 0; next < kNumbers;) {
      std::array<std::uint64_t, 40> numbers;
      const std::size_t count = 1 + random() % numbers.size();
      if (queue.room_bytes() < count * sizeof(std::uint64_t)) {
        std::this_thread::yield();
        continue;
      }
      for (std::size_t i = 0; i < count; ++i) {
        numbers[i] = next++;
      }
      owned.push(numbers.data(), count * sizeof(std::uint64_t));
    }
  });
  for (std::uint64_t expected = 0; expected < kNumbers;) {
    const std::span<const std::byte> bytes = queue.readable();
    if (bytes.empty()) {
      std::this_thread::yield();
      continue;
    }
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint64_t)) {
      std::uint64_t number;
      std::memcpy(&number, bytes.data() + at, sizeof(number));
      ASSERT_EQ(number, expected++);
    }
    queue.release(bytes.size());
  }
  producer.join();
}

}  // namespace
}  // namespace lathe
