// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "engine/drain.hpp"
#include "support/fake_clock.hpp"
#include "support/raw_record.hpp"

namespace lathe {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

constexpr std::uint64_t kMs = 1'000'000;  // ticks: the fake clock's are nanoseconds

class DrainTest : public ::testing::Test {
 protected:
  DrainTest() { clock_.advance(1s); }

  std::uint64_t now() const { return clock_.stamp(); }

  // One pass: what it delivers, released at once.
  Texts pass(bool hurry = false) {
    Texts texts;
    drain_.collect(hurry);
    for (auto batch = drain_.next_batch(); !batch.empty(); batch = drain_.next_batch()) {
      for (const Record& record : batch) {
        texts.emplace_back(record.message);
      }
    }
    drain_.release();
    return texts;
  }

  FakeClock clock_;
  std::shared_ptr<ProducerRegistry> registry_ = std::make_shared<ProducerRegistry>(
      std::make_shared<QueueShared>(BackendOptions{.queue_bytes = 4 * KiB}, clock_));
  LoggerTable loggers_{registry_, Level::info};
  Drain drain_{registry_, loggers_, clock_};
};

TEST_F(DrainTest, DeliversALoneThreadsRecordsAtOnce) {
  const auto one = registry_->add();
  push_text(*one, now(), "a");
  push_text(*one, now(), "b");
  EXPECT_EQ(pass(), (Texts{"a", "b"}));
  EXPECT_EQ(pass(), Texts{});
}

TEST_F(DrainTest, TellsEachQueueThatItsReaderSleepsDeeply) {
  const auto one = registry_->add();
  (void)pass();
  const auto two = registry_->add();  // since the last look
  const auto is_told = [&](bool is_asleep) {
    return one->is_reader_asleep.load() == is_asleep && two->is_reader_asleep.load() == is_asleep;
  };
  EXPECT_TRUE(is_told(false));
  drain_.begin_deep_sleep();
  EXPECT_TRUE(is_told(true));
  drain_.end_deep_sleep();
  EXPECT_TRUE(is_told(false));
}

TEST_F(DrainTest, MergesTwoProducersByTimestamp) {
  const auto one = registry_->add();
  const auto two = registry_->add();
  const std::uint64_t start = now() - 10 * kMs;
  push_text(*one, start + 1, "1");
  push_text(*one, start + 4, "4");
  push_text(*two, start + 2, "2");
  push_text(*two, start + 3, "3");
  push_text(*two, start + 5, "5");
  EXPECT_EQ(pass(), (Texts{"1", "2", "3", "4", "5"}));
  EXPECT_EQ(drain_.records_late(), 0U);
}

TEST_F(DrainTest, KeepsEachProducersOrderWhenTimestampsTie) {
  const auto one = registry_->add();
  const auto two = registry_->add();
  const std::uint64_t start = now() - 10 * kMs;
  for (const char* text : {"1a", "1b", "1c"}) {
    push_text(*one, start, text);
  }
  for (const char* text : {"2a", "2b", "2c"}) {
    push_text(*two, start, text);
  }
  Texts first;
  Texts second;
  for (const std::string& text : pass()) {
    (text.front() == '1' ? first : second).push_back(text);
  }
  EXPECT_EQ(first, (Texts{"1a", "1b", "1c"}));
  EXPECT_EQ(second, (Texts{"2a", "2b", "2c"}));
}

TEST_F(DrainTest, HoldsARecordBackWhileAnotherThreadMayStillPushAnEarlierOne) {
  const auto fast = registry_->add();
  const auto slow = registry_->add();
  const std::uint64_t slow_stamp = now();  // read the clock, and was interrupted
  clock_.advance(100us);
  push_text(*fast, now(), "later");
  clock_.advance(300us);
  EXPECT_EQ(pass(), Texts{});
  EXPECT_TRUE(drain_.is_holding());
  push_text(*slow, slow_stamp, "earlier");
  clock_.advance(1ms);
  EXPECT_EQ(pass(), (Texts{"earlier", "later"}));
  EXPECT_EQ(drain_.records_late(), 0U);
}

TEST_F(DrainTest, HoldsNothingLongerThanTheOrderWindow) {
  const auto fast = registry_->add();
  const auto idle = registry_->add();
  push_text(*fast, now(), "x");
  clock_.advance(1ms);
  EXPECT_EQ(pass(), Texts{"x"});
}

TEST_F(DrainTest, WritesALateRecordAndCountsIt) {
  const auto fast = registry_->add();
  const auto slow = registry_->add();
  const std::uint64_t slow_stamp = now();
  clock_.advance(100us);
  push_text(*fast, now(), "first");
  clock_.advance(2ms);
  EXPECT_EQ(pass(), Texts{"first"});
  push_text(*slow, slow_stamp, "late");
  clock_.advance(2ms);
  EXPECT_EQ(pass(), Texts{"late"});
  EXPECT_EQ(drain_.records_late(), 1U);
}

TEST_F(DrainTest, DoesNotHoldBackInAHurry) {
  const auto one = registry_->add();
  const auto idle = registry_->add();
  push_text(*one, now(), "x");
  EXPECT_EQ(pass(true), Texts{"x"});
}

TEST_F(DrainTest, InAHurryOnePassTakesWhatAllThreadsHave) {
  std::vector<std::shared_ptr<Producer>> threads;
  Texts expected;
  for (int i = 0; i < 5; ++i) {
    push_text(*threads.emplace_back(registry_->add()), now(), expected.emplace_back(1, 'a' + i));
    clock_.advance(1us);
  }
  EXPECT_EQ(pass(true), expected);
}

TEST_F(DrainTest, DoesNotHoldBackWhenAQueueIsHalfFull) {
  const auto busy = registry_->add();
  const auto idle = registry_->add();
  for (int i = 0; i < 20; ++i) {
    push_text(*busy, now(), std::string(100, 'x'));
  }
  EXPECT_FALSE(pass().empty());
}

TEST_F(DrainTest, TwoBusyProducersAreNotReorderedUnderPressure) {
  const auto one = registry_->add();
  const auto two = registry_->add();
  const std::uint64_t start = now();
  for (unsigned i = 0; i < 20; ++i) {
    push_text(*one, start + 2 * i, std::string(100, 'x'));
  }
  push_text(*two, start + 3, "two");  // has more to come after stamp 3
  clock_.advance(50us);
  const Texts first = pass();
  EXPECT_EQ(first, (Texts{std::string(100, 'x'), std::string(100, 'x'), "two"}))
      << "nothing beyond the last stamp of a queue that just ran empty";
  push_text(*two, start + 5, "two again");
  EXPECT_EQ(pass(true).at(1), "two again");
  EXPECT_EQ(drain_.records_late(), 0U);
}

TEST_F(DrainTest, TakesAPartOfAFullQueueInAPassSoThatTheThreadCanGoOn) {
  const auto one = registry_->add();
  for (int i = 0; i < 30; ++i) {
    push_text(*one, now(), std::string(100, 'x'));
  }
  const Texts first = pass();
  EXPECT_EQ(first.size(), 4 * KiB / 4 / stride_of(100));
}

TEST_F(DrainTest, KeepsRecordsInTheQueueUntilTheyAreReleased) {
  const auto one = registry_->add();
  push_text(*one, now(), "x");
  drain_.collect(false);
  EXPECT_EQ(drain_.next_batch().size(), 1U);
  EXPECT_FALSE(drain_.is_empty());
  drain_.release();
  EXPECT_TRUE(drain_.is_empty());
}

TEST_F(DrainTest, ReachesItsMarkUnderConstantLoad) {
  const auto one = registry_->add();
  push_text(*one, now(), "before");
  drain_.mark();
  EXPECT_FALSE(drain_.reached_mark());
  push_text(*one, now(), "after");
  (void)pass();
  push_text(*one, now(), "more");
  EXPECT_TRUE(drain_.reached_mark());
  EXPECT_FALSE(drain_.is_empty());
}

TEST_F(DrainTest, DrainsAnEndedThreadCompletelyThenForgetsIt) {
  auto one = registry_->add();
  push_text(*one, now(), "last words");
  one->retire();
  EXPECT_EQ(pass(true), Texts{"last words"});
  EXPECT_TRUE(registry_->list().empty());
}

TEST_F(DrainTest, TellsOfDropsWhereTheyHappened) {
  auto shared = std::make_shared<QueueShared>(
      BackendOptions{.queue_bytes = 4 * KiB, .overflow = Overflow::drop_newest}, clock_);
  auto registry = std::make_shared<ProducerRegistry>(shared);
  const LoggerTable loggers(registry, Level::info);
  Drain drain(registry, loggers, clock_);
  const auto one = registry->add();
  for (int i = 0; i < 5; ++i) {
    push_text(*one, now(), std::string(1001, 'x'));
    clock_.advance(13ms);
  }
  Texts texts;
  std::string logger;
  Level level = Level::trace;
  for (int i = 0; i < 6; ++i) {  // a pass takes a quarter of the queue
    drain.collect(true);
    for (auto batch = drain.next_batch(); !batch.empty(); batch = drain.next_batch()) {
      for (const Record& record : batch) {
        texts.emplace_back(record.message);
        logger = record.logger_name();
        level = record.level;
      }
    }
    drain.release();
    if (i == 4) {
      push_text(*one, now(), "after");
    }
  }
  ASSERT_EQ(texts.size(), 5U);
  EXPECT_EQ(texts[3], "dropped 2 records in 13 ms: queue full");
  EXPECT_EQ(texts[4], "after");
  EXPECT_EQ(level, Level::info);
}

TEST_F(DrainTest, StampsNeverGoBackWithinAThreadWhenTheWallClockDoes) {
  const auto one = registry_->add();
  std::vector<std::int64_t> times;
  for (int i = 0; i < 200; ++i) {
    if (i == 100) {
      clock_.set_wall_ns(clock_.wall_ns() - 3'600'000'000'000);
    }
    push_text(*one, now(), "x");
    clock_.advance(10ms);
    drain_.collect(true);
    for (const Record& record : drain_.next_batch()) {
      times.push_back(record.time.time_since_epoch().count());
    }
    drain_.release();
  }
  ASSERT_EQ(times.size(), 200U);
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
}

}  // namespace
}  // namespace lathe
