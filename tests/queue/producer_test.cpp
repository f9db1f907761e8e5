// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "queue/producer.hpp"
#include "support/fake_clock.hpp"
#include "support/raw_record.hpp"

namespace lathe {
namespace {

using namespace std::chrono_literals;

class ProducerTest : public ::testing::Test {
 protected:
  void make(BackendOptions options) {
    options.queue_bytes = 4 * KiB;
    shared_ = std::make_shared<QueueShared>(options, clock_);
    producer_ = std::make_unique<Producer>(shared_, 1, 77, "tester");
  }

  // Records that are queued, as kind:text. Releases them.
  std::vector<std::string> drain() {
    std::vector<std::string> texts;
    const std::span<const std::byte> bytes = producer_->readable();
    for (std::size_t at = 0; at < bytes.size();) {
      RecordHeader header;
      std::memcpy(&header, bytes.data() + at, sizeof(header));
      const std::byte* payload = bytes.data() + at + sizeof(header);
      if (header.kind == RecordKind::drops) {
        DropReport report;
        std::memcpy(&report, payload, sizeof(report));
        texts.push_back("drops:" + std::to_string(report.count));
      } else if (header.kind == RecordKind::heap_text) {
        HeapText heap;
        std::memcpy(&heap, payload, sizeof(heap));
        texts.emplace_back(heap.text, heap.size_bytes);
        std::free(heap.text);
        shared_->heap_bytes.fetch_sub(heap.size_bytes, std::memory_order_relaxed);  // as the drain
      } else {
        texts.emplace_back(reinterpret_cast<const char*>(payload),
                           header.size_bytes - sizeof(header));
      }
      at += (header.size_bytes + std::size_t{7}) & ~std::size_t{7};
    }
    producer_->release(bytes.size());
    return texts;
  }

  Stats stats() const {
    Stats stats;
    producer_->add_dropped(stats);
    stats.records_accepted = producer_->accepted();
    return stats;
  }

  FakeClock clock_;
  std::shared_ptr<QueueShared> shared_;
  std::unique_ptr<Producer> producer_;
};

TEST_F(ProducerTest, KeepsRecordsInOrder) {
  make({});
  push_text(*producer_, 1, "one");
  push_text(*producer_, 2, "");
  push_text(*producer_, 3, "three");
  EXPECT_EQ(drain(), (std::vector<std::string>{"one", "", "three"}));
  EXPECT_EQ(stats().records_accepted, 3U);
}

TEST_F(ProducerTest, RefusesTheNewestWholeWhenFull) {
  make({.overflow = Overflow::drop_newest});
  const std::string text(100, 'x');
  for (int i = 0; i < 100; ++i) {
    push_text(*producer_, 1, text, Level::error);
  }
  const std::vector<std::string> kept = drain();
  const Stats after = stats();
  EXPECT_EQ(kept.size(), 4 * KiB / stride_of(100));
  EXPECT_EQ(after.records_accepted, kept.size());
  EXPECT_EQ(after.records_accepted + after.records_dropped, 100U);
  EXPECT_EQ(after.dropped[static_cast<std::size_t>(Level::error)]
                         [static_cast<std::size_t>(DropCause::queue_full)],
            after.records_dropped);
  for (const std::string& each : kept) {
    EXPECT_EQ(each, text);
  }
}

TEST_F(ProducerTest, ReportsDropsInFrontOfTheNextRecord) {
  make({.overflow = Overflow::drop_newest});
  const std::string text(1001, 'x');
  for (int i = 0; i < 5; ++i) {
    push_text(*producer_, 1, text);
  }
  EXPECT_EQ(drain().size(), 3U);
  push_text(*producer_, 9, "after");
  EXPECT_EQ(drain(), (std::vector<std::string>{"drops:2", "after"}));
  push_text(*producer_, 10, "more");
  EXPECT_EQ(drain(), (std::vector<std::string>{"more"})) << "told once";
}

TEST_F(ProducerTest, LeavesTheReportToTheDrainWhenTheThreadFallsSilent) {
  make({.overflow = Overflow::drop_newest});
  const std::string text(1001, 'x');
  for (int i = 0; i < 6; ++i) {
    push_text(*producer_, static_cast<std::uint64_t>(100 + i), text);
  }
  const auto report = producer_->take_drop_report();
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->count, 3U);
  EXPECT_EQ(report->first_stamp, 103U);
  EXPECT_EQ(report->last_stamp, 105U);
  EXPECT_FALSE(producer_->take_drop_report().has_value());
}

TEST_F(ProducerTest, ShedsLowLevelsAboveThreeQuartersAndKeepsHighOnes) {
  make({.overflow = Overflow::shed, .block_for = 1ns, .shed_below = Level::warn});
  const std::string text(100, 'x');
  for (int i = 0; i < 100; ++i) {
    push_text(*producer_, 1, text, Level::info);
  }
  const std::uint64_t after_low = stats().records_accepted;
  EXPECT_EQ(after_low, 4 * KiB / 4 * 3 / stride_of(100));
  EXPECT_GT(stats().dropped[static_cast<std::size_t>(Level::info)]
                           [static_cast<std::size_t>(DropCause::shed)],
            0U);
  for (int i = 0; i < 100; ++i) {
    push_text(*producer_, 1, text, Level::warn);
  }
  EXPECT_GT(stats().records_accepted, after_low);
  EXPECT_EQ(stats().dropped[static_cast<std::size_t>(Level::warn)]
                           [static_cast<std::size_t>(DropCause::shed)],
            0U)
      << "high levels are never shed";
}

TEST_F(ProducerTest, BlocksUntilThereIsRoom) {
  make({.overflow = Overflow::block});
  std::atomic<int> pushed{0};
  std::thread thread([&] {
    for (int i = 0; i < 1000; ++i) {
      push_text(*producer_, 1, std::string(100, 'x'));
      pushed.fetch_add(1, std::memory_order_release);
    }
  });
  std::size_t taken = 0;
  while (taken < 1000) {
    taken += drain().size();
    std::this_thread::yield();
  }
  thread.join();
  EXPECT_EQ(stats().records_accepted, 1000U);
  EXPECT_EQ(stats().records_dropped, 0U);
}

TEST_F(ProducerTest, DropsAfterTheDeadline) {
  make({.overflow = Overflow::block, .block_for = 1ms});
  for (int i = 0; i < 5; ++i) {
    push_text(*producer_, 1, std::string(1001, 'x'));
  }
  EXPECT_EQ(stats().records_accepted, 3U);
  EXPECT_EQ(stats().records_dropped, 2U);
}

TEST_F(ProducerTest, ABlockedThreadGoesOnWhenTheBackendCloses) {
  make({.overflow = Overflow::block});
  std::thread thread([&] {
    for (int i = 0; i < 5; ++i) {
      push_text(*producer_, 1, std::string(1001, 'x'));
    }
  });
  while (!producer_->is_blocked()) {
    std::this_thread::yield();
  }
  shared_->closed.store(true, std::memory_order_relaxed);  // ordered by the wake
  producer_->wake_if_waiting();
  thread.join();
  EXPECT_EQ(stats().records_accepted, 3U);
}

TEST_F(ProducerTest, WakesTheBackendWhenHalfFull) {
  make({});
  std::thread backend([&] { shared_->signal.wait(1h); });
  while (producer_->accepted() * stride_of(100) <= 2 * KiB) {
    push_text(*producer_, 1, std::string(100, 'x'));
  }
  backend.join();  // a wake that is missing shows as a test that times out
}

TEST_F(ProducerTest, WakesTheBackendFromDeepSleepWithOneRecord) {
  make({});
  // The slow path first, of a queue that the backend does not know, then the usual one.
  shared_->sleeps_deeply.store(true, std::memory_order_relaxed);
  for (int way = 0; way < 2; ++way) {
    std::thread backend([&] { shared_->signal.wait(1h); });
    push_text(*producer_, 1, "x");
    backend.join();  // a wake that is missing shows as a test that times out
    shared_->sleeps_deeply.store(false, std::memory_order_relaxed);
    producer_->set_reader_asleep(true);
  }
}

TEST_F(ProducerTest, TheLimitIsRenewedOnTheSpotUnlessThereIsMoreToDo) {
  make({.overflow = Overflow::drop_newest, .record_bytes_max = 1 * KiB});
  push_text(*producer_, 1, "makes a limit");
  EXPECT_TRUE(renew_limit(*producer_, 100));
  EXPECT_FALSE(renew_limit(*producer_, 2 * KiB)) << "beyond record_bytes_max";

  while (producer_->accepted() * stride_of(100) <= 2 * KiB) {
    push_text(*producer_, 1, std::string(100, 'x'));
  }
  EXPECT_FALSE(renew_limit(*producer_, 8)) << "half full: the backend is to be woken";
  (void)drain();
  EXPECT_TRUE(renew_limit(*producer_, 8));

  while (stats().records_dropped == 0) push_text(*producer_, 1, std::string(100, 'x'));
  (void)drain();
  EXPECT_FALSE(renew_limit(*producer_, 8)) << "there is a report to be pushed first";
}

TEST_F(ProducerTest, CarriesARecordLargerThanHalfTheQueueWhole) {
  make({.record_bytes_max = 1 * MiB});
  const std::string text(900'000, 'y');
  push_text(*producer_, 1, "small");
  push_text(*producer_, 2, text);
  push_text(*producer_, 3, "small again");
  EXPECT_EQ(drain(), (std::vector<std::string>{"small", text, "small again"}));
}

TEST_F(ProducerTest, CutsBeyondTheLargestRecordAndTellsHowMuch) {
  make({.record_bytes_max = 1 * KiB});
  push_text(*producer_, 1, std::string(1 * KiB, 'a'));
  push_text(*producer_, 1, std::string(1 * KiB + 5, 'a'));
  const std::vector<std::string> kept = drain();
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0], std::string(1 * KiB, 'a'));
  EXPECT_EQ(kept[1], std::string(1 * KiB, 'a') + " [lathe: 5 bytes cut]");
}

TEST_F(ProducerTest, CutsBetweenCharactersOfUtf8) {
  make({.record_bytes_max = 1 * KiB});
  push_text(*producer_, 1, std::string(1 * KiB - 1, 'a') + "\xC3\xA4" + "b");
  EXPECT_EQ(drain().at(0), std::string(1 * KiB - 1, 'a') + " [lathe: 3 bytes cut]");
}

TEST_F(ProducerTest, ThreadsThatWaitForTheMemoryOfLargeRecordsAllGetIt) {
  make({.record_bytes_max = 2 * MiB});
  Producer other(shared_, 2, 78, "other");
  constexpr int kRecords = 200;
  const auto push_all = [](Producer& producer, std::size_t size) {
    for (int i = 0; i < kRecords; ++i) {
      push_text(producer, 1, std::string(size, 'x'));
    }
  };
  std::thread first([&] { push_all(*producer_, 1'000'000); });
  std::thread second([&] { push_all(other, 1'500'000); });
  int taken = 0;
  while (taken < 2 * kRecords) {
    bool freed = false;
    for (Producer* producer : {producer_.get(), &other}) {
      const std::span<const std::byte> bytes = producer->readable();
      for (std::size_t at = 0; at < bytes.size(); at += sizeof(RecordHeader) + sizeof(HeapText)) {
        HeapText heap;
        std::memcpy(&heap, bytes.data() + at + sizeof(RecordHeader), sizeof(heap));
        std::free(heap.text);
        shared_->heap_bytes.fetch_sub(heap.size_bytes, std::memory_order_relaxed);  // as the drain
        freed = true;
        ++taken;
      }
      producer->release(bytes.size());
    }
    if (freed) {
      producer_->wake_if_waiting();
      other.wake_if_waiting();
    }
    std::this_thread::yield();
  }
  first.join();
  second.join();
  EXPECT_EQ(shared_->heap_bytes.load(), 0U);
}

TEST_F(ProducerTest, BoundsTheMemoryOfLargeRecords) {
  make({.overflow = Overflow::drop_newest, .record_bytes_max = 1 * MiB});
  for (int i = 0; i < 5; ++i) {
    push_text(*producer_, 1, std::string(1 * MiB, 'z'));
  }
  EXPECT_EQ(stats().records_accepted, 2U) << "2 MiB in all";
  EXPECT_EQ(drain().size(), 2U);
  push_text(*producer_, 1, std::string(1 * MiB, 'z'));
  EXPECT_EQ(stats().records_accepted, 3U);
}

}  // namespace
}  // namespace lathe
