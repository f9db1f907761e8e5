// SPDX-License-Identifier: MIT
//
// RotatingFileSink on a disk whose syncs fail.

#include "rotating_file_fixture.hpp"

namespace lathe {
namespace {

class RotatingFileSinkSyncFaultTest : public RotatingFileFixture {};

TEST_F(RotatingFileSinkSyncFaultTest, NeverSyncsAFileAgainAfterItsSyncFailed) {
  open(plain_options());
  fs.fail(Call::sync_data, 1, std::errc::io_error);

  write("one");
  EXPECT_EQ(sink->sync(), std::errc::io_error);
  EXPECT_FALSE(log("two"));
  EXPECT_FALSE(sink->sync());  // about "two", in a new file

  ASSERT_EQ(backups().size(), 1U);
  EXPECT_EQ(fs.read("logs/" + backups()[0]), "one\n");
  EXPECT_TRUE(active().ends_with(" records: 1\none\ntwo\n")) << active();
  EXPECT_EQ(fs.count_in_trace("sync-again"), 0U);
  EXPECT_EQ(sink->stats().sync_errors, 1U);
  EXPECT_EQ(host.told_about("power cut"), 1U);
}

// Whoever asks, and by whatever policy: the kernel would say that all is well.
TEST_F(RotatingFileSinkSyncFaultTest, NeverSyncsAgainAFileThatItCannotLeave) {
  RotatingFileOptions options = plain_options();
  options.sync.every_batch = true;
  open(options);
  fs.fail(Call::sync_data, 1, std::errc::io_error);
  fs.fail_from(Call::rename, 1, std::errc::io_error);
  EXPECT_FALSE(log("one"));
  fs.clear_trace();

  EXPECT_EQ(sink->sync(), std::errc::io_error);
  EXPECT_FALSE(log("two"));
  clock.advance(2s);
  sink->tick();
  fs.heal();
  clock.advance(1min);
  sink->tick();  // it is rotated away, and closed

  EXPECT_EQ(backups().size(), 1U);
  EXPECT_EQ(fs.count_in_trace("close app.log"), 1U);
  EXPECT_EQ(fs.count_in_trace("sync-again"), 0U);
  EXPECT_EQ(sink->stats().sync_errors, 1U);
}

TEST_F(RotatingFileSinkSyncFaultTest, TellsTheNextSyncThatAnEarlierOneFailed) {
  RotatingFileOptions options = plain_options();
  options.sync.interval = 1s;
  open(options);
  fs.fail(Call::sync_data, 1, std::errc::io_error);
  EXPECT_FALSE(log("one"));
  clock.advance(1s);
  sink->tick();  // fails on the janitor
  EXPECT_EQ(backups().size(), 1U);

  EXPECT_EQ(sink->sync(), std::errc::io_error);
  EXPECT_FALSE(sink->sync());
}

TEST_F(RotatingFileSinkSyncFaultTest, SyncFailsAsLongAsASuspectFileCannotBeLeft) {
  open(plain_options());
  fs.fail(Call::sync_data, 1, std::errc::io_error);
  fs.fail_from(Call::rename, 1, std::errc::io_error);

  write("one");
  EXPECT_EQ(sink->sync(), std::errc::io_error);
  EXPECT_EQ(sink->sync(), std::errc::io_error);
  fs.heal();
  clock.advance(1min);
  sink->tick();

  EXPECT_FALSE(sink->sync());
  EXPECT_EQ(backups().size(), 1U);
}

TEST_F(RotatingFileSinkSyncFaultTest, DoesNotMakeAFileForEverySyncOfADyingDisk) {
  RotatingFileOptions options = plain_options();
  options.sync.every_batch = true;
  open(options);
  fs.fail_from(Call::sync_data, 1, std::errc::io_error);

  for (int second = 0; second < 120; ++second) {
    EXPECT_FALSE(log("one"));
    clock.advance(1s);
    sink->tick();
  }

  EXPECT_LE(backups().size(), 8U);
}

TEST_F(RotatingFileSinkSyncFaultTest, PrunesNothingWhileARotatedFileIsNotSafe) {
  fs.put("logs/app.log.20200101_000000", "old\n");
  RotatingFileOptions options = plain_options();
  options.retention.count_max = 1;
  options.sync.on_rotate = true;
  open(options);
  fs.fail(Call::sync_data, 1, std::errc::io_error);

  EXPECT_FALSE(log("one"));
  EXPECT_FALSE(sink->rotate());

  EXPECT_TRUE(fs.exists("logs/app.log.20200101_000000"));
}

TEST_F(RotatingFileSinkSyncFaultTest, SyncTellsThatTheDirectoryCouldNotBeSynced) {
  open(plain_options());
  fs.fail(Call::sync_directory, 1, std::errc::io_error);
  write("one");

  EXPECT_EQ(sink->sync(), std::errc::io_error);
  EXPECT_FALSE(sink->sync());

  EXPECT_EQ(fs.count_in_trace("sync-directory"), 2U);
}

TEST(HostPortTest, AnswersForAJobThatHadNoMemory) {
  InlineSinkHost host;
  HostPort port;
  port.attach(host);
  SyncOutcome outcome{.is_complete = true};

  port.post([]() -> SyncOutcome { throw std::bad_alloc(); },
            [&](SyncOutcome result) { outcome = std::move(result); });

  EXPECT_FALSE(outcome.is_complete);
  EXPECT_EQ(SyncLedger({}, true).settle(outcome).size(), 1U);
}

}  // namespace
}  // namespace lathe
