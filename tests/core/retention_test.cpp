// SPDX-License-Identifier: MIT

#include "core/retention.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "core/random.hpp"
#include "support/time_units.hpp"

namespace lathe {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kNowNs = 1000 * kSecondNs;
constexpr std::uint64_t kHuge = UINT64_MAX;

Backup stamped(std::int64_t stamp_s, std::uint32_t sequence, std::uint64_t size_bytes,
               Compression packed = Compression::none) {
  return {{.name = {stamp_s * 1000, sequence}, .packed = packed}, size_bytes, 0};
}

Backup indexed(std::uint32_t index, std::uint64_t size_bytes, std::int64_t modified_s) {
  return {{.index = index}, size_bytes, modified_s * kSecondNs};
}

// "10.1 count_max" for the second backup of second 10, "#3" for index 3, and "z" if it is packed.
std::vector<std::string> texts_of(const std::vector<PruneChoice>& choices) {
  std::vector<std::string> texts;
  for (const auto& [backup, reason] : choices) {
    const BackupFile& file = backup.file;
    std::string text = file.index > 0 ? "#" + std::to_string(file.index)
                                      : std::to_string(file.name.stamp_ms / 1000);
    if (file.name.sequence > 0) text += "." + std::to_string(file.name.sequence);
    if (file.packed != Compression::none) text += "z";
    texts.push_back(text + " " + reason_text(reason));
  }
  return texts;
}

// Out of order, as directories list them. 35 bytes, and 32 of them in the 4 youngest.
const std::vector<Backup> kFive = {
    stamped(30, 0, 13), stamped(10, 2, 1), stamped(10, 0, 3), stamped(20, 0, 11), stamped(10, 1, 7),
};

// The backup of second 20 is being packed.
const std::vector<Backup> kBeingPacked = {
    stamped(20, 0, 2, Compression::gzip),
    stamped(30, 0, 10),
    stamped(10, 0, 4, Compression::gzip),
    stamped(20, 0, 10),
};

// Number 1 is the newest. The last rotation's has not got its number yet.
const std::vector<Backup> kIndexed = {
    indexed(2, 10, 800),
    indexed(10, 10, 100),
    stamped(950, 0, 10),
    indexed(1, 10, 900),
};

struct RetentionCase {
  const char* name;
  std::vector<Backup> backups;
  RetentionOptions options;
  RetentionView view;
  std::vector<std::string> want;
};

void run(const std::vector<RetentionCase>& cases) {
  for (const RetentionCase& c : cases) {
    EXPECT_EQ(texts_of(backups_to_prune(c.backups, c.options, c.view)), c.want) << c.name;
  }
}

TEST(RetentionTest, KeepsTheNewestByCount) {
  run({
      {"no limit", kFive, {}, {kNowNs, 0}, {}},
      {"no backup", {}, {.count_max = 1}, {}, {}},
      {"as many", kFive, {.count_max = 5}, {}, {}},
      {"any number", kFive, {.count_max = kHuge}, {}, {}},
      {"2 of 5", kFive, {.count_max = 2}, {}, {"10 count_max", "10.1 count_max", "10.2 count_max"}},
      {"2 of 4 with numbers", kIndexed, {.count_max = 2}, {}, {"#10 count_max", "#2 count_max"}},
      {"both forms are one", kBeingPacked, {.count_max = 2}, {}, {"10z count_max"}},
      {"and go together",
       kBeingPacked,
       {.count_max = 1},
       {},
       {"10z count_max", "20 count_max", "20z count_max"}},
  });
}

TEST(RetentionTest, KeepsTheNewestThatFitTheSize) {
  const std::vector<Backup> large = {stamped(1, 0, kHuge), stamped(2, 0, kHuge), stamped(3, 0, 1)};
  run({
      {"just fits", kFive, {.size_bytes_max = 35}, {}, {}},
      {"a byte too much", kFive, {.size_bytes_max = 34}, {}, {"10 size_bytes_max"}},
      {"the next just fits", kFive, {.size_bytes_max = 32}, {}, {"10 size_bytes_max"}},
      {"not even the newest fits",
       {stamped(1, 0, 1), stamped(2, 0, 10)},
       {.size_bytes_max = 9},
       {},
       {"1 size_bytes_max", "2 size_bytes_max"}},
      {"a small one behind a large one goes, too",
       {stamped(1, 0, 1), stamped(2, 0, 10), stamped(3, 0, 1)},
       {.size_bytes_max = 5},
       {},
       {"1 size_bytes_max", "2 size_bytes_max"}},
      {"sizes that overflow",
       large,
       {.size_bytes_max = 5},
       {},
       {"1 size_bytes_max", "2 size_bytes_max"}},
      {"both forms take space",
       kBeingPacked,
       {.size_bytes_max = 21},
       {},
       {"10z size_bytes_max", "20 size_bytes_max", "20z size_bytes_max"}},
      {"both forms fit", kBeingPacked, {.size_bytes_max = 22}, {}, {"10z size_bytes_max"}},
  });
}

TEST(RetentionTest, KeepsTheYoung) {
  constexpr std::int64_t kLastMs = kBackupStampMsMax;
  run({
      {"as old as that", kFive, {.age_max = 20s}, {30 * kSecondNs, {}}, {}},
      {"a nanosecond older",
       kFive,
       {.age_max = 20s - 1ns},
       {30 * kSecondNs, {}},
       {"10 age_max", "10.1 age_max", "10.2 age_max"}},
      {"a clock that went back", kFive, {.age_max = 1ns}, {5 * kSecondNs, {}}, {}},
      {"a clock before 1970",
       kFive,
       {.age_max = std::chrono::nanoseconds::max()},
       {INT64_MIN, {}},
       {}},
      {"a stamp beyond 64 bits of ns",
       {{{.name = {kLastMs, 0}}, 0, 0}},
       {.age_max = 1ns},
       {INT64_MAX, {}},
       {}},
      {"numbered: by the last write",
       kIndexed,
       {.age_max = 150s},
       {kNowNs, {}},
       {"#10 age_max", "#2 age_max"}},
      {"numbered: all forms must be old",
       {{{.index = 1, .packed = Compression::gzip}, 1, kNowNs}, indexed(1, 1, 100)},
       {.age_max = 150s},
       {kNowNs, {}},
       {}},
      {"stamped: not by the last write", {stamped(999, 0, 1)}, {.age_max = 2s}, {kNowNs, {}}, {}},
  });
}

TEST(RetentionTest, FreesSpaceOldestFirst) {
  run({
      {"space is not known", kFive, {.free_bytes_min = kHuge}, {}, {}},
      {"enough", kFive, {.free_bytes_min = 100}, {0, 100}, {}},
      {"one frees enough", kFive, {.free_bytes_min = 100}, {0, 97}, {"10 free_bytes_min"}},
      {"one byte more",
       kFive,
       {.free_bytes_min = 101},
       {0, 97},
       {"10 free_bytes_min", "10.1 free_bytes_min"}},
      {"never enough",
       {stamped(2, 0, 10), stamped(1, 0, kHuge - 11)},
       {.free_bytes_min = kHuge},
       {0, 0},
       {"1 free_bytes_min", "2 free_bytes_min"}},
      {"both forms are freed",
       kBeingPacked,
       {.free_bytes_min = 16},
       {0, 0},
       {"10z free_bytes_min", "20 free_bytes_min", "20z free_bytes_min"}},
  });
}

TEST(RetentionTest, NamesTheFirstLimitThatABackupBreaks) {
  run({
      {"each for its own",
       {stamped(1, 0, 5), stamped(2, 0, 5), stamped(3, 0, 5), stamped(4, 0, 5), stamped(900, 0, 5)},
       {.count_max = 4, .size_bytes_max = 15, .age_max = 997s, .free_bytes_min = 20},
       {kNowNs + 1, 0},
       {"1 count_max", "2 size_bytes_max", "3 age_max", "4 free_bytes_min"}},
      {"all by the first",
       {stamped(1, 0, 5), stamped(2, 0, 5)},
       {.count_max = 1, .size_bytes_max = 5, .age_max = 998s + 1ms, .free_bytes_min = 5},
       {kNowNs + 1, 0},
       {"1 count_max"}},
  });
}

TEST(RetentionTest, SaysWhatABackupWas) {
  const auto choices = backups_to_prune(kFive, {.count_max = 4}, {});
  ASSERT_EQ(choices.size(), 1U);
  EXPECT_EQ(choices[0].backup.size_bytes, 3U);
  EXPECT_EQ(choices[0].reason, PruneReason::count);
}

TEST(RetentionTest, ChoosesTheSameFromAnyOrderAndNoMoreThanItMust) {
  Random random;
  SCOPED_TRACE(random.seed_text());
  for (int round = 0; round < 500; ++round) {
    std::vector<Backup> backups;
    for (int i = random.between(0, 20); i > 0; --i) {
      backups.push_back(stamped(random.between(0, 30), static_cast<std::uint32_t>(i),
                                random.between(0U, 9U), Compression{}));
    }
    const RetentionOptions options = {.count_max = random.between(0U, 25U),
                                      .size_bytes_max = random.between(0U, 120U)};
    const auto choices = backups_to_prune(backups, options, {});
    std::reverse(backups.begin(), backups.end());
    EXPECT_EQ(texts_of(backups_to_prune(backups, options, {})), texts_of(choices));

    std::uint64_t kept_bytes = 0;
    for (const Backup& backup : backups) kept_bytes += backup.size_bytes;
    for (const auto& choice : choices) kept_bytes -= choice.backup.size_bytes;
    const std::uint64_t kept = backups.size() - choices.size();
    EXPECT_TRUE(options.count_max == 0 || kept <= options.count_max);
    EXPECT_TRUE(options.size_bytes_max == 0 || kept_bytes <= options.size_bytes_max);
    if (choices.empty()) continue;
    const bool is_needed = (options.count_max > 0 && kept + 1 > options.count_max) ||
                           (options.size_bytes_max > 0 &&
                            kept_bytes + choices.back().backup.size_bytes > options.size_bytes_max);
    EXPECT_TRUE(is_needed) << "the last choice would have fitted";
  }
}

TEST(RetentionTest, TakesAHundredThousandBackups) {
  std::vector<Backup> backups;
  backups.reserve(100'000);
  for (int i = 0; i < 100'000; ++i) backups.push_back(stamped(i * 7919 % 100'003, 0, 1));
  const auto choices = backups_to_prune(std::move(backups), {.size_bytes_max = 10}, {});
  EXPECT_EQ(choices.size(), 99'990U);
  EXPECT_TRUE(std::is_sorted(choices.begin(), choices.end(), [](const auto& a, const auto& b) {
    return is_older(a.backup.file, b.backup.file);
  }));
}

TEST(RetentionTest, NeedsTheStatusOfFilesOnlyForWhatNamesDoNotSay) {
  const struct {
    RetentionOptions options;
    bool want;
    bool want_indexed;
  } cases[] = {
      {{}, false, false},
      {{.count_max = 1}, false, false},
      {{.age_max = 1s}, false, true},
      {{.size_bytes_max = 1}, true, true},
      {{.free_bytes_min = 1}, true, true},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(needs_status(c.options, false), c.want);
    EXPECT_EQ(needs_status(c.options, true), c.want_indexed);
  }
}

}  // namespace
}  // namespace lathe
