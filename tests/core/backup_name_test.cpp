// SPDX-License-Identifier: MIT

#include "core/backup_name.hpp"

#include <ctime>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "core/random.hpp"

namespace lathe {
namespace {

constexpr std::uint32_t kSequenceMax = UINT32_MAX;

TEST(BackupNameTest, MakesNamesThatPeopleCanRead) {
  EXPECT_EQ(make_backup_name("app.log", {1'795'355'433, 0}), "app.log.20261122_135033");
  EXPECT_EQ(make_backup_name("app.log", {1'795'355'433, 1}), "app.log.20261122_135033.1");
  EXPECT_EQ(make_backup_name("a", {kBackupStampMin, 0}), "a.19700101_000000");
  EXPECT_EQ(make_backup_name("a", {kBackupStampMax, 0}), "a.99991231_235959");
  EXPECT_EQ(make_backup_name("a", {951'782'400, 0}), "a.20000229_000000");
}

TEST(BackupNameTest, AddsNoMoreThanItsLongestSuffix) {
  EXPECT_EQ(make_backup_name("", {kBackupStampMax, kSequenceMax}).size(), kBackupSuffixBytesMax);
}

TEST(BackupNameTest, AgreesWithTheCLibrarysCalendar) {
  Random random;
  SCOPED_TRACE(random.seed_text());
  for (int i = 0; i < 20'000; ++i) {
    const auto stamp_s = random.between(kBackupStampMin, kBackupStampMax);
    const std::time_t time = stamp_s;
    std::tm fields{};
    gmtime_r(&time, &fields);
    char want[64];
    ASSERT_NE(std::strftime(want, sizeof want, "x.%Y%m%d_%H%M%S", &fields), 0U);
    EXPECT_EQ(make_backup_name("x", {stamp_s, 0}), want) << stamp_s;
  }
}

TEST(BackupNameTest, CountsEveryDayOfThreeCenturiesOnce) {
  std::int64_t stamp_s = 0;
  std::string last;
  for (int day = 0; day < 300 * 366; ++day, stamp_s += 86'400) {
    const std::string name = make_backup_name("x", {stamp_s, 0});
    ASSERT_LT(last, name);  // fixed width: the order of the text is that of the days
    ASSERT_EQ(parse_backup_name("x", name), (BackupName{stamp_s, 0}));
    last = name;
  }
}

TEST(BackupNameTest, ParseInvertsMake) {
  Random random;
  SCOPED_TRACE(random.seed_text());
  for (int i = 0; i < 20'000; ++i) {
    const BackupName name{random.between(kBackupStampMin, kBackupStampMax),
                          random.between(0U, kSequenceMax) >> random.between(0, 31)};
    const std::string base = random.text(random.between<std::size_t>(0, 12), "ab.0_ 1");
    EXPECT_EQ(parse_backup_name(base, make_backup_name(base, name)), name) << base;
  }
}

TEST(BackupNameTest, RejectsNamesItDidNotMake) {
  for (const std::string_view name : {
           "",
           "app.log",
           "app.log.",
           "app.log.next",
           ".app.log.20261122_135033",
           "app.log.20261122_135033 ",
           "app.log.20261122_135033.",
           "app.log.20261122_135033.0",
           "app.log.20261122_135033.01",
           "app.log.20261122_135033.+1",
           "app.log.20261122_135033.-1",
           "app.log.20261122_135033.1.",
           "app.log.20261122_135033.1x",
           "app.log.20261122_135033.4294967296",
           "app.log.20261122_135033.99999999999999999999",
           "app.log.20261122_135033.gz",
           "app.log.20261122_135033.1.gz",
           "app.log.20261122_135033_1",
           "app.log.20261122-135033",
           "app.log_20261122_135033",
           "app.log.20261122_13503",
           "app.log.2026112_1350330",
           "app.log.20261122_1350 3",
           "app.log.+2261122_135033",
           "app.log.19691231_235959",
           "app.log.00000101_000000",
           "app.log.20260001_000000",
           "app.log.20261301_000000",
           "app.log.20260100_000000",
           "app.log.20260132_000000",
           "app.log.20260431_000000",
           "app.log.20260229_000000",
           "app.log.21000229_000000",
           "app.log.20240230_000000",
           "app.log.20261122_240000",
           "app.log.20261122_006000",
           "app.log.20261122_000060",
           "APP.log.20261122_135033",
           "app2log.20261122_135033",
       }) {
    EXPECT_EQ(parse_backup_name("app.log", name), std::nullopt) << name;
  }
}

TEST(BackupNameTest, RejectsTheBackupOfABackup) {
  EXPECT_EQ(parse_backup_name("app.log", "app.log.20261122_135033.20261122_135034"), std::nullopt);
}

TEST(BackupNameTest, WhateverItParsesItWouldMake) {
  Random random;
  SCOPED_TRACE(random.seed_text());
  int parsed = 0;
  for (int i = 0; i < 200'000; ++i) {
    std::string name = make_backup_name(
        "a", {random.between(kBackupStampMin, kBackupStampMax), random.between(0U, 20U)});
    for (int changes = random.between(1, 3); changes > 0; --changes) {
      const auto at = random.between<std::size_t>(0, name.size() - 1);
      name[at] = random.text(1, "0123456789._ -")[0];
    }
    if (random.between(0, 9) == 0) name.pop_back();
    const auto name_parts = parse_backup_name("a", name);
    if (!name_parts) continue;
    ++parsed;
    EXPECT_EQ(make_backup_name("a", *name_parts), name);
  }
  EXPECT_GT(parsed, 1'000) << "too few names survived to prove anything";
}

TEST(BackupNameTest, RejectsZeroBytesInsideANumber) {
  using namespace std::string_view_literals;
  EXPECT_EQ(parse_backup_name("a", "a.20261122_135033.1\0"sv), std::nullopt);
  EXPECT_EQ(parse_backup_name("a", "a.2026112\0_135033"sv), std::nullopt);
}

TEST(NextBackupNameTest, TakesTheTimeWhenItIsLater) {
  EXPECT_EQ(next_backup_name(std::nullopt, 100), (BackupName{100, 0}));
  EXPECT_EQ(next_backup_name(BackupName{99, 7}, 100), (BackupName{100, 0}));
}

TEST(NextBackupNameTest, CountsOnInTheSameSecondAndWhenTheClockWentBack) {
  EXPECT_EQ(next_backup_name(BackupName{100, 0}, 100), (BackupName{100, 1}));
  EXPECT_EQ(next_backup_name(BackupName{100, 41}, 100 - 3600), (BackupName{100, 42}));
}

TEST(NextBackupNameTest, MovesToTheNextSecondWhenTheNumbersAreUsedUp) {
  EXPECT_EQ(next_backup_name(BackupName{100, kSequenceMax}, 50), (BackupName{101, 0}));
}

TEST(NextBackupNameTest, BringsImpossibleTimesIntoRange) {
  EXPECT_EQ(next_backup_name(std::nullopt, -5), (BackupName{kBackupStampMin, 0}));
  EXPECT_EQ(next_backup_name(std::nullopt, INT64_MAX), (BackupName{kBackupStampMax, 0}));
  const BackupName end{kBackupStampMax, kSequenceMax};
  EXPECT_EQ(next_backup_name(end, INT64_MAX), end);
}

TEST(NextBackupNameTest, AlwaysComesAfterTheLastName) {
  Random random;
  SCOPED_TRACE(random.seed_text());
  BackupName last{random.between<std::int64_t>(0, 1'000'000), 0};
  std::int64_t now_s = last.stamp_s;
  for (int i = 0; i < 10'000; ++i) {
    now_s += random.between(-5, 5);
    const BackupName next = next_backup_name(last, now_s);
    ASSERT_GT(next, last);
    last = next;
  }
}

}  // namespace
}  // namespace lathe
