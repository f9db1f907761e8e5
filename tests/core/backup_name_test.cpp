// SPDX-License-Identifier: MIT

#include "core/backup_name.hpp"

#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "core/random.hpp"

namespace lathe {
namespace {

using namespace std::string_view_literals;

constexpr std::uint32_t kSequenceMax = UINT32_MAX;
constexpr std::int64_t kStampMs = 1'795'355'433'250;  // 2026-11-22 13:50:33.250 UTC
constexpr std::int64_t kSecondMs = 1000;

// A zone that is an hour ahead, and two hours in the middle of 2026.
std::int64_t summer_time(std::int64_t utc_s) {
  return utc_s >= 1'774'746'000 && utc_s < 1'792'890'000 ? 7200 : 3600;
}
// Zones as they may be asked for: no whole minutes; nonsense.
std::int64_t monrovia(std::int64_t) { return -2670; }
std::int64_t nonsense(std::int64_t utc_s) { return utc_s % 2 == 0 ? INT64_MAX : INT64_MIN; }

BackupNames default_names(std::string_view active = "app.log") { return {{}, active, {}}; }

BackupNames names_of(const char* pattern, std::string_view active = "app.log") {
  return {{.pattern = pattern}, active, {}};
}

BackupNames local_names(const char* pattern, std::string_view active, ZoneOffset offset) {
  return {{.pattern = pattern, .time_zone = TimeZone::local}, active, std::move(offset)};
}

TEST(BackupNameTest, MakesNamesThatPeopleCanRead) {
  const BackupNames names = default_names();
  EXPECT_EQ(names.make(BackupName{kStampMs, 0}), "app.log.20261122_135033");
  EXPECT_EQ(names.make(BackupName{kStampMs, 1}), "app.log.20261122_135033.1");
  EXPECT_EQ(names.make(BackupName{kBackupStampMsMin, 0}), "app.log.19700101_000000");
  EXPECT_EQ(names.make(BackupName{kBackupStampMsMax, 0}), "app.log.99991231_235959");
  EXPECT_EQ(names.make(BackupName{951'782'400'000, 0}), "app.log.20000229_000000");
}

struct FormCase {
  const char* pattern;
  const char* active;
  BackupFile file;
  const char* want;
};

TEST(BackupNameTest, MakesAndParsesEveryForm) {
  const BackupName first = {1'795'355'433'000, 0};
  const BackupName second = {1'795'355'433'000, 7};
  const BackupName fine = {kStampMs, 2};
  const char* const stem_first = "{stem}.{time:%Y%m%d_%H%M%S}{extension}";
  const FormCase cases[] = {
      {stem_first, "app.log", {.name = first}, "app.20261122_135033.log"},
      {stem_first, "app.log", {.name = second}, "app.20261122_135033.7.log"},
      {stem_first,
       "app.log",
       {.name = second, .packed = Compression::gzip},
       "app.20261122_135033.7.log.gz"},
      {stem_first, "app", {.name = second}, "app.20261122_135033.7"},
      {stem_first, ".app", {.name = second}, ".app.20261122_135033.7"},
      {stem_first, "a.tar.x", {.name = second}, "a.tar.20261122_135033.7.x"},
      {"{name}.{time:%Y-%m-%dT%H.%M.%S.%3f}", "a", {.name = fine}, "a.2026-11-22T13.50.33.250.2"},
      {"{time:%S%M%H-%d%m%Y}_{name}", "a", {.name = second}, "335013-22112026.7_a"},
      {"{name}.{time:%Y%m%d%H%M%S%z}", "a", {.name = first}, "a.20261122135033+0000"},
      {"{name}.{time:%Y%m%d%H%M%S}.1", "a", {.name = first}, "a.20261122135033.1"},
      {"{name}.{time:%Y%m%d%H%M%S}.1", "a", {.name = second}, "a.20261122135033.7.1"},
      {"{name}.{time:%Y%m%d%H%M%S}.gz", "a", {.name = first}, "a.20261122135033.gz"},
      {"{name}.{time:%Y%m%d%H%M%S}.gz",
       "a",
       {.name = first, .packed = Compression::gzip},
       "a.20261122135033.gz.gz"},
      {"{name}.{index}", "app.log", {.index = 3}, "app.log.3"},
      {"{name}.{index}", "app.log", {.index = kSequenceMax}, "app.log.4294967295"},
      {"{name}.{index}", "app.log", {.index = 3, .packed = Compression::zstd}, "app.log.3.zst"},
      {"{stem}-{index}{extension}", "app.log", {.index = 12}, "app-12.log"},
      {"{name}.{index}", "app.log", {.name = second}, "app.log.20261122_135033.7"},
      {"{name}.{index}",
       "app.log",
       {.name = first, .packed = Compression::zstd},
       "app.log.20261122_135033.zst"},
  };
  for (const FormCase& c : cases) {
    const BackupNames names = names_of(c.pattern, c.active);
    EXPECT_EQ(names.make(c.file), c.want);
    EXPECT_EQ(names.parse(c.want), c.file) << c.want;
    EXPECT_EQ(names.is_indexed(), std::string_view(c.pattern).find("{index}") != std::string::npos);
    const std::string temporary = "." + std::string(c.want) + ".tmp";
    EXPECT_EQ(names.make_temporary(c.file), temporary);
    EXPECT_EQ(names.parse_temporary(temporary), c.file) << temporary;
    EXPECT_EQ(names.parse(temporary), std::nullopt) << temporary;
    EXPECT_EQ(names.parse_temporary(c.want), std::nullopt) << c.want;
  }
}

TEST(BackupNameTest, TellsLocalTimesApartThatComeTwice) {
  const char* const pattern = "{name}.{time:%Y%m%d_%H%M%S%z}";
  const BackupNames names = local_names(pattern, "a", summer_time);
  const BackupName before = {1'792'889'998'000, 0};  // the last two seconds of summer
  const BackupName after = {1'792'893'598'000, 0};   // an hour later, by the clock the same
  EXPECT_EQ(names.make(before), "a.20261025_025958+0200");
  EXPECT_EQ(names.make(after), "a.20261025_025958+0100");
  EXPECT_EQ(names.parse(names.make(before)), BackupFile{.name = before});
  EXPECT_EQ(names.parse(names.make(after)), BackupFile{.name = after});
  for (const char* const name :
       {"a.20261122_145033+0200", "a.20261122_145033+0060", "a.20261122_145033-0100",
        "a.20261122_145033 0100", "a.20261122_135033+0000", "a.20261122_145033"}) {
    EXPECT_EQ(names.parse(name), std::nullopt) << name;
  }
  EXPECT_EQ(local_names(pattern, "a", monrovia).make(BackupName{kStampMs, 0}),
            "a.20261122_130633-0044");
}

TEST(BackupNameTest, ParseInvertsMakeInAnyFormAndZone) {
  Random random;
  SCOPED_TRACE(random.seed_text());
  const char* const patterns[] = {
      "{name}.{time:%Y%m%d_%H%M%S%z}",      "{stem}.{time:%Y%m%d_%H%M%S%z%3f}{extension}",
      "{time:%z %3f%S%M%H%d%m%Y}.5.{name}", "{name}1{index}1",
      "{extension}{index}{stem}",           "{time:.%z%Y.%m.%d.%H.%M.%S.}{extension}"};
  const ZoneOffset zones[] = {summer_time, monrovia, nonsense};
  for (int i = 0; i < 20'000; ++i) {
    // A letter first: a name of digits alone can be one of its own backups, and is refused then.
    const std::string active = "x" + random.text(random.between<std::size_t>(0, 9), "ab.0_ 1");
    const BackupNames names =
        local_names(patterns[random.between(0, 5)], active, zones[random.between(0, 2)]);
    BackupFile file;
    file.packed = static_cast<Compression>(random.between(0, 2));
    file.index = names.is_indexed() ? random.between(0U, kSequenceMax) >> random.between(0, 31) : 0;
    if (file.index == 0) {
      file.name.stamp_ms = random.between(kBackupStampMsMin, kBackupStampMsMax);
      file.name = names.next(std::nullopt, file.name.stamp_ms);
      file.name.sequence = random.between(0U, kSequenceMax) >> random.between(0, 31);
    }
    const std::string name = names.make(file);
    ASSERT_EQ(names.parse(name), file) << name << " of " << active;
    ASSERT_EQ(names.parse_temporary(names.make_temporary(file)), file) << name;
  }
}

TEST(BackupNameTest, IsTotalUpToBothEndsOfTime) {
  for (const ZoneOffset& zone :
       {ZoneOffset(summer_time), ZoneOffset(monrovia), ZoneOffset(nonsense)}) {
    const BackupNames names = local_names("{time:%z%Y%m%d%H%M%S}", "a", zone);
    for (std::int64_t s = 0; s < 200'000; s += 997) {
      for (const std::int64_t stamp_ms : {s * kSecondMs, kBackupStampMsMax - 999 - s * kSecondMs}) {
        const BackupName name = {stamp_ms, 0};
        ASSERT_EQ(names.parse(names.make(name)), BackupFile{.name = name}) << names.make(name);
      }
    }
  }
}

TEST(BackupNameTest, AgreesWithTheCLibrarysCalendar) {
  const BackupNames names = default_names("x");
  Random random;
  SCOPED_TRACE(random.seed_text());
  for (int i = 0; i < 20'000; ++i) {
    const auto stamp_ms = random.between(kBackupStampMsMin, kBackupStampMsMax);
    const std::time_t time = stamp_ms / kSecondMs;
    std::tm fields{};
    gmtime_r(&time, &fields);
    char want[64];
    ASSERT_NE(std::strftime(want, sizeof want, "x.%Y%m%d_%H%M%S", &fields), 0U);
    EXPECT_EQ(names.make(BackupName{stamp_ms, 0}), want) << stamp_ms;
  }
}

TEST(BackupNameTest, RejectsNamesItDidNotMake) {
  const BackupNames names = default_names();
  constexpr std::string_view kNames[] = {
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
      "app.log.20261122_135033.gz.gz",
      "app.log.20261122_135033.gz.1",
      "app.log.20261122_135033.zst.gz",
      "app.log.20261122_135033gz",
      "app.log.20261122_135033.GZ",
      "app.log.20261122_135033.bz2",
      "app.log.20261122_135033.tmp",
      ".gz",
      "app.log.gz",
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
      "app.log.20261122_135033.20261122_135034",
      "app.log.3",
      "APP.log.20261122_135033",
      "app2log.20261122_135033",
      "app.log.20261122_135033.1\0"sv,
      "app.log.2026112\0_135033"sv,
  };
  for (const std::string_view name : kNames) {
    EXPECT_EQ(names.parse(name), std::nullopt) << name;
    EXPECT_EQ(names.parse_temporary("." + std::string(name) + ".tmp"), std::nullopt) << name;
  }
  for (const char* const name : {"app.log.0", "app.log.01", "app.log.", "app.log.4294967296",
                                 "app.log.-1", "app.log.1.1", "app.log.1.tmp", "app.log.x"}) {
    EXPECT_EQ(names_of("{name}.{index}").parse(name), std::nullopt) << name;
  }
  for (const char* const name : {"", ".", ".tmp", "..tmp", "app.log.20261122_135033.tmp",
                                 ".app.log.20261122_135033", ".app.log.20261122_135033.TMP"}) {
    EXPECT_EQ(names.parse_temporary(name), std::nullopt) << name;
  }
}

TEST(BackupNameTest, WhateverItParsesItWouldMake) {
  Random random;
  SCOPED_TRACE(random.seed_text());
  const BackupNames all[] = {default_names("a"),
                             local_names("{name}.{time:%Y%m%d%H%M%S.%3f%z}", "a", summer_time),
                             names_of("{name}.{index}", "a")};
  for (const BackupNames& names : all) {
    int parsed = 0;
    for (int i = 0; i < 100'000; ++i) {
      std::string name = names.make(BackupName{random.between(kBackupStampMsMin, kBackupStampMsMax),
                                               random.between(0U, 20U)});
      if (names.is_indexed()) name = names.make(BackupFile{.index = random.between(1U, 200U)});
      for (int changes = random.between(1, 3); changes > 0; --changes) {
        const auto at = random.between<std::size_t>(0, name.size() - 1);
        name[at] = random.text(1, "0123456789._ -+")[0];
      }
      if (random.between(0, 9) == 0) name.pop_back();
      if (random.between(0, 9) == 0) name += random.between(0, 1) == 0 ? ".gz" : ".zst";
      const auto file = names.parse(name);
      if (!file) continue;
      ++parsed;
      EXPECT_EQ(names.make(*file), name);
    }
    EXPECT_GT(parsed, 500) << "too few names survived to prove anything";
  }
}

TEST(BackupAgeTest, IsByIndexThenByName) {
  const std::vector<BackupFile> oldest_first = {
      {.index = 11},     {.index = 2, .packed = Compression::gzip},
      {.index = 1},      {.name = {10, 0}},
      {.name = {10, 1}}, {.name = {10, 10}, .packed = Compression::zstd},
      {.name = {11, 0}},
  };
  for (std::size_t i = 0; i < oldest_first.size(); ++i) {
    for (std::size_t j = 0; j < oldest_first.size(); ++j) {
      EXPECT_EQ(is_older(oldest_first[i], oldest_first[j]), i < j) << i << " and " << j;
    }
  }
  EXPECT_FALSE(is_older({.index = 2}, {.index = 2, .packed = Compression::gzip}));
  EXPECT_FALSE(is_older({.index = 2, .packed = Compression::gzip}, {.index = 2}));
}

TEST(NextBackupNameTest, TakesTheTimeWhenItIsLater) {
  const BackupNames names = default_names();
  EXPECT_EQ(names.next(std::nullopt, 100'999), (BackupName{100'000, 0}));
  EXPECT_EQ(names.next(BackupName{99'000, 7}, 100'000), (BackupName{100'000, 0}));
  const BackupNames fine = names_of("{name}.{time:%Y%m%d%H%M%S%3f}");
  EXPECT_EQ(fine.next(BackupName{100'998, 7}, 100'999), (BackupName{100'999, 0}));
}

TEST(NextBackupNameTest, CountsOnAtTheSameMomentAndWhenTheClockWentBack) {
  const BackupNames names = default_names();
  EXPECT_EQ(names.next(BackupName{100'000, 0}, 100'999), (BackupName{100'000, 1}));
  EXPECT_EQ(names.next(BackupName{5'000'000, 41}, 1'400'000), (BackupName{5'000'000, 42}));
}

TEST(NextBackupNameTest, MovesToTheNextMomentWhenTheNumbersAreUsedUp) {
  const BackupName last = {100'000, kSequenceMax};
  EXPECT_EQ(default_names().next(last, 50'000), (BackupName{101'000, 0}));
  EXPECT_EQ(names_of("{name}.{time:%Y%m%d%H%M%S%3f}").next(last, 50'000), (BackupName{100'001, 0}));
}

TEST(NextBackupNameTest, BringsImpossibleTimesIntoRange) {
  const BackupNames names = default_names();
  constexpr std::int64_t kLastMs = kBackupStampMsMax - 999;
  EXPECT_EQ(names.next(std::nullopt, -5), (BackupName{kBackupStampMsMin, 0}));
  EXPECT_EQ(names.next(std::nullopt, INT64_MAX), (BackupName{kLastMs, 0}));
  const BackupName end{kLastMs, kSequenceMax};
  EXPECT_EQ(names.next(end, INT64_MAX), end);
}

TEST(NextBackupNameTest, AlwaysComesAfterTheLastName) {
  const BackupNames names = default_names();
  Random random;
  SCOPED_TRACE(random.seed_text());
  BackupName last{random.between<std::int64_t>(0, 1'000) * kSecondMs, 0};
  std::int64_t now_ms = last.stamp_ms;
  for (int i = 0; i < 10'000; ++i) {
    now_ms += random.between(-5'000, 5'000);
    const BackupName next = names.next(last, now_ms);
    ASSERT_GT(next, last);
    last = next;
  }
}

}  // namespace
}  // namespace lathe
