// SPDX-License-Identifier: MIT

#include "sink/manual_prune.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/fake_clock.hpp"
#include "support/fake_file_system.hpp"

namespace lathe {
namespace {

class ManualPruneTest : public ::testing::Test {
 protected:
  ManualPruneTest() {
    (void)fs.make_directory("logs");
    fs.put("logs/app.log", "active\n");
    for (const char* name : {"20260101_000000", "20260102_000000", "20260103_000000"}) {
      fs.put(std::string("logs/app.log.") + name, std::string(100, 'x'));
    }
    fs.put("logs/app.log.old", "foreign\n");
  }

  PruneReport run(const RetentionOptions& retention, bool dry_run) {
    return prune_by_hand("logs/app.log", retention, {}, dry_run, fs, clock);
  }

  FakeFileSystem fs;
  FakeClock clock;
};

TEST_F(ManualPruneTest, ADryRunTellsAndDeletesNothing) {
  const std::vector<std::string> before = fs.names("logs");

  const PruneReport report = run({.count_max = 1}, true);

  ASSERT_EQ(report.entries.size(), 2U);
  EXPECT_EQ(report.entries[0].name, "app.log.20260101_000000");
  EXPECT_EQ(report.entries[0].size_bytes, 100U);
  EXPECT_FALSE(report.entries[0].reason.empty());
  EXPECT_EQ(report.backups_kept, 1U);
  EXPECT_EQ(fs.names("logs"), before);
}

TEST_F(ManualPruneTest, DeletesWhatTheDryRunTold) {
  const PruneReport report = run({.size_bytes_max = 200}, false);

  ASSERT_EQ(report.entries.size(), 1U);
  EXPECT_FALSE(fs.exists("logs/app.log.20260101_000000"));
  EXPECT_TRUE(fs.exists("logs/app.log.20260102_000000"));
  EXPECT_TRUE(fs.exists("logs/app.log.old"));
  EXPECT_TRUE(fs.exists("logs/app.log"));
}

TEST_F(ManualPruneTest, TellsWhatItCouldNotDelete) {
  fs.fail(Call::remove, 1, std::errc::permission_denied);

  const PruneReport report = run({.count_max = 1}, false);

  EXPECT_EQ(report.entries.size(), 1U);
  ASSERT_EQ(report.errors.size(), 1U);
  EXPECT_NE(report.errors[0].find("app.log.20260101_000000"), std::string::npos);
}

TEST_F(ManualPruneTest, RefusesWhileAnotherProcessPrunes) {
  const DirectoryResult directory = fs.open_directory("logs");
  const LockFileResult lock = directory.directory->open_lock(".app.log.upkeep", 0640);
  ASSERT_FALSE(lock.file->acquire(false));

  EXPECT_THROW((void)run({.count_max = 1}, false), std::system_error);
  EXPECT_EQ(run({.count_max = 1}, true).entries.size(), 2U);
}

TEST_F(ManualPruneTest, RefusesADirectoryThatIsNotThere) {
  EXPECT_THROW((void)prune_by_hand("nowhere/app.log", {.count_max = 1}, {}, true, fs, clock),
               std::system_error);
}

TEST_F(ManualPruneTest, RefusesBadOptionsByName) {
  EXPECT_THROW((void)prune_by_hand("logs/app.log", {.age_max = std::chrono::seconds(-1)}, {}, true,
                                   fs, clock),
               OptionError);
}

}  // namespace
}  // namespace lathe
