// SPDX-License-Identifier: MIT

#include "core/retention.hpp"

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace lathe {
namespace {

std::vector<BackupName> names_of(const std::vector<Backup>& backups) {
  std::vector<BackupName> names;
  names.reserve(backups.size());
  for (const Backup& backup : backups) names.push_back(backup.name);
  return names;
}

// Out of order, as directories list them.
const std::vector<Backup> kBackups = {
    {{30, 0}, 3}, {{10, 2}, 1}, {{10, 0}, 9}, {{20, 0}, 5}, {{10, 1}, 7},
};

TEST(RetentionTest, PrunesOldestFirstWhenCountIsExceeded) {
  EXPECT_EQ(names_of(backups_to_prune(kBackups, {.count_max = 2})),
            (std::vector<BackupName>{{10, 0}, {10, 1}, {10, 2}}));
}

TEST(RetentionTest, KeepsTheSizeOfWhatItChooses) {
  const std::vector<Backup> prunes = backups_to_prune(kBackups, {.count_max = 4});
  ASSERT_EQ(prunes.size(), 1U);
  EXPECT_EQ(prunes[0].size_bytes, 9U);
}

TEST(RetentionTest, PrunesNothingWithinTheCount) {
  EXPECT_TRUE(backups_to_prune(kBackups, {.count_max = 5}).empty());
  EXPECT_TRUE(backups_to_prune(kBackups, {.count_max = UINT64_MAX}).empty());
  EXPECT_TRUE(backups_to_prune({}, {.count_max = 1}).empty());
}

TEST(RetentionTest, KeepsAllWithoutACount) {
  EXPECT_TRUE(backups_to_prune(kBackups, {.count_max = 0}).empty());
}

}  // namespace
}  // namespace lathe
