// SPDX-License-Identifier: MIT
//
// RetentionOptions::reclaim: backups make room for what is to be written.

#include "sink/reclaim.hpp"

#include <fmt/format.h>

#include <cerrno>

#include "rotating_file_fixture.hpp"

namespace lathe {
namespace {

constexpr std::uint64_t kBackupBytes = 600'000;  // two of them make kReclaimBytesMin

class ReclaimTest : public RotatingFileFixture {
 protected:
  ReclaimTest() {
    for (const char* stamp : {"20200101_000000", "20200102_000000", "20200103_000000"}) {
      fs.put(std::string("logs/app.log.") + stamp, std::string(kBackupBytes, 'x'));
    }
    fs.set_free_bytes(0);
  }

  static RotatingFileOptions reclaiming() {
    RotatingFileOptions options = plain_options();
    options.retention.reclaim = true;
    return options;
  }

  void fill_disk() { fs.fail_from(Call::write, 1, std::errc::no_space_on_device); }
};

TEST_F(ReclaimTest, DeletesTheOldestBackupsAndWritesOnWithoutARestart) {
  host.set_mode(InlineSinkHost::Mode::when_told);
  open(reclaiming());
  host.run_all();
  fill_disk();

  EXPECT_EQ(log("one"), std::errc::no_space_on_device);
  EXPECT_EQ(backups().size(), 3U) << "not on the I/O thread";
  host.run_all();
  fs.heal();
  EXPECT_FALSE(sink->flush());

  EXPECT_EQ(backups(), std::vector<std::string>{"app.log.20200103_000000"});
  EXPECT_EQ(active(), "one\n");
  EXPECT_EQ(sink->stats().prunes, 2U);
  EXPECT_EQ(host.told_about("2 of the oldest backups are deleted to make room"), 1U);
}

TEST_F(ReclaimTest, DeletesNothingUnlessItIsAsked) {
  open(plain_options());
  fill_disk();
  EXPECT_TRUE(log("one"));
  EXPECT_EQ(backups().size(), 3U);
}

TEST_F(ReclaimTest, DeletesNothingForErrorsThatSpaceDoesNotCure) {
  open(reclaiming());
  fs.fail_from(Call::write, 1, std::errc::io_error);
  EXPECT_TRUE(log("one"));
  EXPECT_EQ(backups().size(), 3U);
}

TEST_F(ReclaimTest, AQuotaIsALackOfSpace) {
  EXPECT_TRUE(is_lack_of_space(std::error_code(EDQUOT, std::system_category())));
  EXPECT_FALSE(is_lack_of_space(std::make_error_code(std::errc::io_error)));
  EXPECT_FALSE(is_lack_of_space({}));
}

// The figure of free space stays what it is here: somebody else holds the blocks.
TEST_F(ReclaimTest, StopsWhenDeletingFreesNothing) {
  for (int day = 4; day < 30; ++day) {
    fs.put(fmt::format("logs/app.log.202001{:02}_000000", day), "small");
  }
  open(reclaiming());
  fill_disk();

  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(log("one"));
    clock.advance(1s);
    sink->tick();
  }

  EXPECT_GE(backups().size(), 26U);
}

TEST_F(ReclaimTest, NeverDeletesTheNewestBackup) {
  for (const std::string& name : backups()) fs.truncate("logs/" + name);  // all would not be enough
  open(reclaiming());
  fill_disk();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(log("one"));
  EXPECT_TRUE(fs.exists("logs/app.log.20200103_000000"));
}

TEST_F(ReclaimTest, LeavesABackupThatSomebodyReads) {
  fs.node("logs/app.log.20200101_000000").is_open_elsewhere = true;
  open(reclaiming());
  fill_disk();
  EXPECT_TRUE(log("one"));
  EXPECT_TRUE(fs.exists("logs/app.log.20200101_000000"));
}

TEST_F(ReclaimTest, DeletesNothingWhereNobodyKnowsTheFreeSpace) {
  fs.set_free_bytes(std::nullopt);
  open(reclaiming());
  fill_disk();
  EXPECT_TRUE(log("one"));
  EXPECT_EQ(backups().size(), 3U);
}

TEST_F(ReclaimTest, KeepsOffNamesThatSomebodyIsRenumbering) {
  RotatingFileOptions options = reclaiming();
  options.naming.pattern = "{name}.{index}";
  for (int i = 1; i < 5; ++i) fs.put("logs/app.log." + std::to_string(i), "x");
  open(options);
  const auto opened = fs.open_directory("logs");
  const LockFileResult held = opened.directory->open_lock(".app.log.upkeep", 0600);
  EXPECT_FALSE(held.file->acquire(false));
  fill_disk();

  EXPECT_TRUE(log("one"));
  EXPECT_TRUE(fs.exists("logs/app.log.4"));
}

}  // namespace
}  // namespace lathe
