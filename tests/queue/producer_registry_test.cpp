// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <memory>

#include "queue/producer_registry.hpp"
#include "support/fake_clock.hpp"
#include "support/raw_record.hpp"

namespace lathe {
namespace {

class ProducerRegistryTest : public ::testing::Test {
 protected:
  FakeClock clock_;
  std::shared_ptr<QueueShared> shared_ =
      std::make_shared<QueueShared>(BackendOptions{.queue_bytes = 4 * KiB}, clock_);
  ProducerRegistry registry_{shared_};
};

TEST_F(ProducerRegistryTest, TellsOnceThatAProducerIsNew) {
  EXPECT_FALSE(registry_.changed());
  const auto producer = registry_.add();
  EXPECT_TRUE(registry_.changed());
  EXPECT_FALSE(registry_.changed());
  EXPECT_EQ(registry_.list().size(), 1U);
}

TEST_F(ProducerRegistryTest, GivesAnEndedThreadsQueueToTheNextOneOnlyWhenNobodyHoldsIt) {
  auto first = registry_.add();
  Producer* const address = first.get();
  first->retire();
  registry_.drop(first);
  const auto second = registry_.add();
  EXPECT_NE(second.get(), address) << "the first thread still holds it";
  first.reset();
  const auto third = registry_.add();
  EXPECT_EQ(third.get(), address);
  EXPECT_FALSE(third->is_retired());
}

TEST_F(ProducerRegistryTest, KeepsTheCountsOfEndedThreads) {
  for (int i = 0; i < 20; ++i) {
    auto producer = registry_.add();
    push_text(*producer, 1, "x");
    producer->release(producer->readable().size());
    producer->retire();
    registry_.drop(producer);
  }
  Stats stats;
  registry_.add_to(stats);
  EXPECT_EQ(stats.records_accepted, 20U);
  EXPECT_EQ(stats.producers, 0U);
}

TEST_F(ProducerRegistryTest, MakesNoProducerOnceItIsClosed) {
  registry_.close();
  EXPECT_EQ(registry_.add(), nullptr);
}

TEST_F(ProducerRegistryTest, AsksForASpareWhenTheLastOneWasTaken) {
  registry_.prepare_spare();
  EXPECT_FALSE(registry_.wants_spare());
  const auto producer = registry_.add();
  EXPECT_TRUE(registry_.wants_spare());
  EXPECT_FALSE(registry_.wants_spare());
}

}  // namespace
}  // namespace lathe
