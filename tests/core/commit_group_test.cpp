// SPDX-License-Identifier: MIT

#include "core/commit_group.hpp"

#include <cstdint>

#include <gtest/gtest.h>

namespace lathe {
namespace {

constexpr std::int64_t kAnswered = 1'000'000'000;
constexpr std::int64_t kSyncNs = 200'000;

TEST(CommitGroupTest, TheFirstCallWaitsForNobody) {
  const CommitGroup group;
  EXPECT_EQ(group.expected(0), 1U);
}

TEST(CommitGroupTest, WaitsForThoseThatWereAnsweredAndThoseThatWait) {
  CommitGroup group;
  group.note_answer(5, 3, kSyncNs, kAnswered);
  EXPECT_EQ(group.expected(kAnswered), 8U);
  EXPECT_EQ(group.expected(kAnswered + kSyncNs - 1), 8U);
}

TEST(CommitGroupTest, WaitsAsLongAsASyncTakesAtMost) {
  CommitGroup group;
  group.note_answer(5, 3, kSyncNs, kAnswered);
  EXPECT_EQ(group.until_ns(), kAnswered + kSyncNs);
  EXPECT_EQ(group.expected(kAnswered + kSyncNs), 1U);
}

TEST(CommitGroupTest, WaitsForASlowDeviceNoLongerThanThreadsNeed) {
  CommitGroup group;
  group.note_answer(5, 0, 20 * CommitGroup::kPatienceMaxNs, kAnswered);
  EXPECT_EQ(group.until_ns(), kAnswered + CommitGroup::kPatienceMaxNs);
}

TEST(CommitGroupTest, AThreadThatIsAloneWaitsForNobody) {
  CommitGroup group;
  group.note_answer(1, 0, kSyncNs, kAnswered);
  EXPECT_EQ(group.expected(kAnswered), 1U);
}

// The others have gone: the next group is as large as this one was.
TEST(CommitGroupTest, ExpectsNoMoreThanTheLastTime) {
  CommitGroup group;
  group.note_answer(16, 0, kSyncNs, kAnswered);
  group.note_answer(2, 0, kSyncNs, kAnswered + 3 * kSyncNs);
  EXPECT_EQ(group.expected(kAnswered + 3 * kSyncNs), 2U);
}

}  // namespace
}  // namespace lathe
