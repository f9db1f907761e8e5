// SPDX-License-Identifier: MIT

#include "core/sync_policy.hpp"

#include <chrono>
#include <cstdint>

#include <gtest/gtest.h>

namespace lathe {
namespace {

using namespace std::chrono_literals;

constexpr SyncOptions kOff{.interval = 0ns, .level_min = Level::off};
constexpr std::int64_t kPolicyNow = 5'000'000'000;

SyncOptions off_but(void (*change)(SyncOptions&)) {
  SyncOptions options = kOff;
  change(options);
  return options;
}

TEST(SyncPolicyTest, WantsNothingWhileNothingIsWritten) {
  const SyncPolicy policy{SyncOptions{.bytes_max = 1, .every_batch = true}};
  EXPECT_FALSE(policy.is_due(kPolicyNow));
  EXPECT_EQ(policy.next_due_ns(), SyncPolicy::kNever);
}

TEST(SyncPolicyTest, IsDueOneIntervalAfterTheFirstUnsyncedWriteHoweverManyFollow) {
  SyncPolicy policy{off_but([](SyncOptions& o) { o.interval = 100ns; })};
  policy.note_write(10, Level::info, kPolicyNow);
  for (int i = 1; i < 100; ++i) policy.note_write(10, Level::info, kPolicyNow + i);
  EXPECT_EQ(policy.next_due_ns(), kPolicyNow + 100);
  EXPECT_FALSE(policy.is_due(kPolicyNow + 99));
  EXPECT_TRUE(policy.is_due(kPolicyNow + 100));
}

TEST(SyncPolicyTest, IsDueWhenTheIntervalHasPassedEvenWithoutNewBytes) {
  SyncPolicy policy{off_but([](SyncOptions& o) { o.interval = 100ns; })};
  policy.note_write(1, Level::trace, kPolicyNow);
  EXPECT_TRUE(policy.is_due(kPolicyNow + 1'000'000));
}

TEST(SyncPolicyTest, CountsTheIntervalAnewFromTheFirstWriteAfterASyncBegan) {
  SyncPolicy policy{off_but([](SyncOptions& o) { o.interval = 100ns; })};
  policy.note_write(1, Level::info, kPolicyNow);
  policy.note_sync_start();
  EXPECT_EQ(policy.next_due_ns(), SyncPolicy::kNever);
  policy.note_write(1, Level::info, kPolicyNow + 70);
  EXPECT_EQ(policy.next_due_ns(), kPolicyNow + 170);
}

TEST(SyncPolicyTest, IsDueAtOnceWhenEnoughBytesWereWritten) {
  SyncPolicy policy{off_but([](SyncOptions& o) { o.bytes_max = 100; })};
  policy.note_write(99, Level::critical, kPolicyNow);
  EXPECT_FALSE(policy.is_due(kPolicyNow));
  policy.note_write(1, Level::info, kPolicyNow + 1);
  EXPECT_TRUE(policy.is_due(kPolicyNow + 1));
  EXPECT_EQ(policy.next_due_ns(), kPolicyNow + 1);
  policy.note_sync_start();
  policy.note_write(99, Level::info, kPolicyNow + 2);
  EXPECT_FALSE(policy.is_due(kPolicyNow + 2)) << "bytes from before the sync were counted again";
}

TEST(SyncPolicyTest, IsDueAtOnceAfterARecordOfTheLevelOrAbove) {
  SyncPolicy policy{off_but([](SyncOptions& o) { o.level_min = Level::error; })};
  policy.note_write(1, Level::warn, kPolicyNow);
  EXPECT_FALSE(policy.is_due(kPolicyNow));
  policy.note_write(1, Level::error, kPolicyNow);
  EXPECT_TRUE(policy.is_due(kPolicyNow));
  policy.note_sync_start();
  policy.note_write(1, Level::critical, kPolicyNow);
  EXPECT_TRUE(policy.is_due(kPolicyNow));
}

TEST(SyncPolicyTest, LeavesARecordOfTheLevelToTheCallThatWaitsForIt) {
  SyncPolicy policy{off_but([](SyncOptions& o) {
    o.level_min = Level::error;
    o.wait_level = true;
  })};
  policy.note_write(1, Level::error, kPolicyNow);
  policy.note_write(1, Level::critical, kPolicyNow + 1);
  EXPECT_EQ(policy.next_due_ns(), kPolicyNow + SyncPolicy::kUnaskedNs) << "in case nobody waits";
}

TEST(SyncPolicyTest, IsDueAfterEveryBatchIfAsked) {
  SyncPolicy policy{off_but([](SyncOptions& o) { o.every_batch = true; })};
  policy.note_write(1, Level::trace, kPolicyNow);
  EXPECT_TRUE(policy.is_due(kPolicyNow));
  policy.note_sync_start();
  EXPECT_FALSE(policy.is_due(kPolicyNow));
}

TEST(SyncPolicyTest, IsNeverDueWithAllPoliciesOff) {
  SyncPolicy policy{kOff};
  policy.note_write(UINT64_MAX, Level::critical, kPolicyNow);
  EXPECT_EQ(policy.next_due_ns(), SyncPolicy::kNever);
  EXPECT_FALSE(policy.is_due(kPolicyNow + 1'000'000'000'000));
}

TEST(SyncPolicyTest, StaysDueFromTheFirstWriteThatAskedForIt) {
  SyncPolicy policy{SyncOptions{.interval = 1s, .level_min = Level::critical}};
  policy.note_write(1, Level::critical, kPolicyNow);
  policy.note_write(1, Level::info, kPolicyNow + 5);
  policy.note_write(1, Level::critical, kPolicyNow + 6);
  EXPECT_EQ(policy.next_due_ns(), kPolicyNow);
}

TEST(SyncPolicyTest, IgnoresAWriteOfNothing) {
  SyncPolicy policy{SyncOptions{.every_batch = true}};
  policy.note_write(0, Level::critical, kPolicyNow);
  EXPECT_EQ(policy.next_due_ns(), SyncPolicy::kNever);
}

TEST(SyncPolicyTest, SurvivesNumbersThatWouldOverflow) {
  SyncPolicy policy{off_but([](SyncOptions& o) {
    o.interval = std::chrono::nanoseconds::max();
    o.bytes_max = UINT64_MAX;
  })};
  policy.note_write(UINT64_MAX - 1, Level::info, kPolicyNow);
  EXPECT_EQ(policy.next_due_ns(), SyncPolicy::kNever);
  policy.note_write(UINT64_MAX - 1, Level::info, kPolicyNow);
  EXPECT_TRUE(policy.is_due(kPolicyNow));
  EXPECT_EQ(policy.unsynced_bytes(), UINT64_MAX);
}

}  // namespace
}  // namespace lathe
