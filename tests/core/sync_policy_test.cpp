// SPDX-License-Identifier: MIT

#include "core/sync_policy.hpp"

#include <chrono>
#include <cstdint>

#include <gtest/gtest.h>

namespace lathe {
namespace {

using namespace std::chrono_literals;

constexpr SyncOptions kOff{.interval = 0ns, .level_min = Level::off};
constexpr std::int64_t kNow = 5'000'000'000;

SyncOptions off_but(void (*change)(SyncOptions&)) {
  SyncOptions options = kOff;
  change(options);
  return options;
}

TEST(SyncPolicyTest, WantsNothingWhileNothingIsWritten) {
  const SyncPolicy policy{SyncOptions{.bytes_max = 1, .every_batch = true}};
  EXPECT_FALSE(policy.is_due(kNow));
  EXPECT_EQ(policy.next_due_ns(), SyncPolicy::kNever);
}

TEST(SyncPolicyTest, IsDueOneIntervalAfterTheFirstUnsyncedWriteHoweverManyFollow) {
  SyncPolicy policy{off_but([](SyncOptions& o) { o.interval = 100ns; })};
  policy.note_write(10, Level::info, kNow);
  for (int i = 1; i < 100; ++i) policy.note_write(10, Level::info, kNow + i);
  EXPECT_EQ(policy.next_due_ns(), kNow + 100);
  EXPECT_FALSE(policy.is_due(kNow + 99));
  EXPECT_TRUE(policy.is_due(kNow + 100));
}

TEST(SyncPolicyTest, IsDueWhenTheIntervalHasPassedEvenWithoutNewBytes) {
  SyncPolicy policy{off_but([](SyncOptions& o) { o.interval = 100ns; })};
  policy.note_write(1, Level::trace, kNow);
  EXPECT_TRUE(policy.is_due(kNow + 1'000'000));
}

TEST(SyncPolicyTest, CountsTheIntervalAnewFromTheFirstWriteAfterASyncBegan) {
  SyncPolicy policy{off_but([](SyncOptions& o) { o.interval = 100ns; })};
  policy.note_write(1, Level::info, kNow);
  policy.note_sync_start();
  EXPECT_EQ(policy.next_due_ns(), SyncPolicy::kNever);
  policy.note_write(1, Level::info, kNow + 70);
  EXPECT_EQ(policy.next_due_ns(), kNow + 170);
}

TEST(SyncPolicyTest, IsDueAtOnceWhenEnoughBytesWereWritten) {
  SyncPolicy policy{off_but([](SyncOptions& o) { o.bytes_max = 100; })};
  policy.note_write(99, Level::critical, kNow);
  EXPECT_FALSE(policy.is_due(kNow));
  policy.note_write(1, Level::info, kNow + 1);
  EXPECT_TRUE(policy.is_due(kNow + 1));
  EXPECT_EQ(policy.next_due_ns(), kNow + 1);
  policy.note_sync_start();
  policy.note_write(99, Level::info, kNow + 2);
  EXPECT_FALSE(policy.is_due(kNow + 2)) << "bytes from before the sync were counted again";
}

TEST(SyncPolicyTest, IsDueAtOnceAfterARecordOfTheLevelOrAbove) {
  SyncPolicy policy{off_but([](SyncOptions& o) { o.level_min = Level::error; })};
  policy.note_write(1, Level::warn, kNow);
  EXPECT_FALSE(policy.is_due(kNow));
  policy.note_write(1, Level::error, kNow);
  EXPECT_TRUE(policy.is_due(kNow));
  policy.note_sync_start();
  policy.note_write(1, Level::critical, kNow);
  EXPECT_TRUE(policy.is_due(kNow));
}

TEST(SyncPolicyTest, IsDueAfterEveryBatchIfAsked) {
  SyncPolicy policy{off_but([](SyncOptions& o) { o.every_batch = true; })};
  policy.note_write(1, Level::trace, kNow);
  EXPECT_TRUE(policy.is_due(kNow));
  policy.note_sync_start();
  EXPECT_FALSE(policy.is_due(kNow));
}

TEST(SyncPolicyTest, IsNeverDueWithAllPoliciesOff) {
  SyncPolicy policy{kOff};
  policy.note_write(UINT64_MAX, Level::critical, kNow);
  EXPECT_EQ(policy.next_due_ns(), SyncPolicy::kNever);
  EXPECT_FALSE(policy.is_due(kNow + 1'000'000'000'000));
}

TEST(SyncPolicyTest, StaysDueFromTheFirstWriteThatAskedForIt) {
  SyncPolicy policy{SyncOptions{.interval = 1s, .level_min = Level::critical}};
  policy.note_write(1, Level::critical, kNow);
  policy.note_write(1, Level::info, kNow + 5);
  policy.note_write(1, Level::critical, kNow + 6);
  EXPECT_EQ(policy.next_due_ns(), kNow);
}

TEST(SyncPolicyTest, IgnoresAWriteOfNothing) {
  SyncPolicy policy{SyncOptions{.every_batch = true}};
  policy.note_write(0, Level::critical, kNow);
  EXPECT_EQ(policy.next_due_ns(), SyncPolicy::kNever);
}

TEST(SyncPolicyTest, SurvivesNumbersThatWouldOverflow) {
  SyncPolicy policy{off_but([](SyncOptions& o) {
    o.interval = std::chrono::nanoseconds::max();
    o.bytes_max = UINT64_MAX;
  })};
  policy.note_write(UINT64_MAX - 1, Level::info, kNow);
  EXPECT_EQ(policy.next_due_ns(), SyncPolicy::kNever);
  policy.note_write(UINT64_MAX - 1, Level::info, kNow);
  EXPECT_TRUE(policy.is_due(kNow));
  EXPECT_EQ(policy.unsynced_bytes(), UINT64_MAX);
}

}  // namespace
}  // namespace lathe
