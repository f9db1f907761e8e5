// SPDX-License-Identifier: MIT

#include "rotating_file_fixture.hpp"

namespace lathe {
namespace {

class RotatingFileSinkTest : public RotatingFileFixture {
 protected:
  static RotatingFileOptions limited() {
    RotatingFileOptions options = plain_options();
    options.rotation.size_bytes_max = kLimit;
    return options;
  }
};

TEST_F(RotatingFileSinkTest, WritesRecordsInOrder) {
  open(plain_options());

  const std::vector<Record> batch{make_record("one"), make_record("two"), make_record("three")};
  EXPECT_FALSE(sink->write(batch));
  EXPECT_FALSE(sink->flush());

  EXPECT_EQ(active(), "one\ntwo\nthree\n");
  EXPECT_EQ(sink->stats().bytes_written, 14U);
  EXPECT_EQ(fs.count_in_trace("write"), 1U);
}

TEST_F(RotatingFileSinkTest, LeavesOutRecordsBelowItsLevel) {
  RotatingFileOptions options = plain_options();
  options.level_min = Level::warn;
  open(options);

  write("quiet", Level::info);
  EXPECT_FALSE(log("loud", Level::warn));

  EXPECT_EQ(active(), "loud\n");
}

TEST_F(RotatingFileSinkTest, ContinuesAnExistingFile) {
  fs.put("logs/app.log", "before\n");
  open(plain_options());

  EXPECT_FALSE(log("after"));

  EXPECT_EQ(active(), "before\nafter\n");
}

TEST_F(RotatingFileSinkTest, CountsTheSizeOfAnExistingFile) {
  fs.put("logs/app.log", std::string(60, 'x'));
  open(limited());

  EXPECT_FALSE(log(line('a', 41)));

  ASSERT_EQ(backups().size(), 1U);
  EXPECT_EQ(fs.read("logs/" + backups()[0]), std::string(60, 'x'));
  EXPECT_EQ(active().size(), 41U);
}

TEST_F(RotatingFileSinkTest, RotatesBeforeTheRecordThatWouldExceedTheLimit) {
  open(limited());

  for (const char letter : {'a', 'b', 'c', 'd', 'e'}) write(line(letter, 40));
  EXPECT_FALSE(sink->flush());

  EXPECT_EQ(backups(),
            (std::vector<std::string>{"app.log.20261122_135033", "app.log.20261122_135033.1"}));
  EXPECT_EQ(fs.read("logs/app.log.20261122_135033"), line('a', 40) + "\n" + line('b', 40) + "\n");
  EXPECT_EQ(fs.read("logs/app.log.20261122_135033.1"), line('c', 40) + "\n" + line('d', 40) + "\n");
  EXPECT_EQ(active(), line('e', 40) + "\n");
  EXPECT_EQ(sink->stats().rotations, 2U);
  EXPECT_EQ(host.rotation_times().size(), 2U);
}

TEST_F(RotatingFileSinkTest, FillsAFileToExactlyItsLimit) {
  open(limited());

  write(line('a', 60));
  EXPECT_FALSE(log(line('b', 40)));
  EXPECT_TRUE(backups().empty());
  EXPECT_FALSE(log(line('c', 2)));

  EXPECT_EQ(fs.read("logs/" + backups().at(0)).size(), kLimit);
}

TEST_F(RotatingFileSinkTest, KeepsAnOversizedRecordWholeInItsOwnFile) {
  open(limited());

  write(line('a', 10));
  write(line('b', 5000));
  write(line('c', 10));
  EXPECT_FALSE(sink->flush());

  ASSERT_EQ(backups().size(), 2U);
  EXPECT_EQ(fs.read("logs/" + backups()[0]), line('a', 10) + "\n");
  EXPECT_EQ(fs.read("logs/" + backups()[1]), line('b', 5000) + "\n");
  EXPECT_EQ(active(), line('c', 10) + "\n");
}

TEST_F(RotatingFileSinkTest, WritesRecordsLargerThanItsBlock) {
  open(plain_options());
  const std::string large(3 * RecordBuffer::kBlockBytes, 'x');

  write("small");
  write(large);
  EXPECT_FALSE(log("small"));

  EXPECT_EQ(active(), "small\n" + large + "\nsmall\n");
}

TEST_F(RotatingFileSinkTest, WritesFullBlocksWithoutAFlush) {
  open(plain_options());

  for (int i = 0; i < 300; ++i) write(line('x', 1024));

  EXPECT_GE(active().size(), 200U * 1024U);
}

TEST_F(RotatingFileSinkTest, NeverGoesBackInOrderWhenTheClockDoes) {
  open(limited());
  EXPECT_FALSE(log(line('a', 80)));
  EXPECT_FALSE(log(line('b', 80)));

  clock.set_wall_ns((FakeClock::kStartSeconds - 3600) * 1'000'000'000);
  EXPECT_FALSE(log(line('c', 80)));

  EXPECT_EQ(backups(),
            (std::vector<std::string>{"app.log.20261122_135033", "app.log.20261122_135033.1"}));
  EXPECT_EQ(all_text(), line('a', 80) + "\n" + line('b', 80) + "\n" + line('c', 80) + "\n");
}

TEST_F(RotatingFileSinkTest, NeverGoesBackInOrderAcrossRestarts) {
  fs.put("logs/app.log.20271122_135033.10", "youngest\n");
  fs.put("logs/app.log.20271122_135033.9", "younger\n");
  fs.put("logs/app.log.20251122_135033", "older\n");
  open(limited());

  EXPECT_FALSE(log(line('a', 80)));
  EXPECT_FALSE(log(line('b', 80)));

  EXPECT_EQ(backups().back(), "app.log.20271122_135033.11");
}

TEST_F(RotatingFileSinkTest, TakesTheNextNameWhenOneIsTaken) {
  open(limited());
  fs.put("logs/app.log.20261122_135033", "squatter", FileKind::symlink);
  fs.put("logs/app.log.20261122_135033.1", "squatter", FileKind::directory);

  EXPECT_FALSE(log(line('a', 80)));
  EXPECT_FALSE(log(line('b', 80)));

  EXPECT_EQ(fs.read("logs/app.log.20261122_135033.2"), line('a', 80) + "\n");
  EXPECT_EQ(fs.read("logs/app.log.20261122_135033"), "squatter");
}

TEST_F(RotatingFileSinkTest, UsesTheFileThatTheJanitorHasPrepared) {
  open(limited());
  EXPECT_TRUE(fs.exists("logs/.app.log.next"));
  EXPECT_FALSE(log(line('a', 80)));
  fs.clear_trace();

  host.set_mode(InlineSinkHost::Mode::when_told);
  EXPECT_FALSE(log(line('b', 80)));

  EXPECT_EQ(fs.count_in_trace("open"), 0U);
  host.run_all();
  EXPECT_TRUE(fs.exists("logs/.app.log.next"));
}

TEST_F(RotatingFileSinkTest, MakesTheNextFileItselfWhenTheJanitorIsLate) {
  host.set_mode(InlineSinkHost::Mode::when_told);
  open(limited());

  for (const char letter : {'a', 'b', 'c', 'd'}) EXPECT_FALSE(log(line(letter, 80)));
  EXPECT_EQ(backups().size(), 3U);
  host.run_all();
  for (const char letter : {'e', 'f'}) EXPECT_FALSE(log(line(letter, 80)));
  host.run_all();

  std::string want;
  for (const char letter : {'a', 'b', 'c', 'd', 'e', 'f'}) want += line(letter, 80) + "\n";
  EXPECT_EQ(all_text(), want);
  EXPECT_EQ(sink->stats().rotation_errors, 0U);
}

TEST_F(RotatingFileSinkTest, SurvivesAJanitorThatPreparesBetweenItsSteps) {
  host.set_mode(InlineSinkHost::Mode::when_told);
  open(limited());
  EXPECT_FALSE(log(line('a', 80)));
  EXPECT_TRUE(host.run_work());  // .next is made, but its completion has not come yet

  EXPECT_FALSE(log(line('b', 80)));  // finds .next by its name and uses it
  host.run_all();                    // now comes a handle to what is active already
  EXPECT_FALSE(log(line('c', 80)));
  EXPECT_FALSE(log(line('d', 80)));
  host.run_all();

  EXPECT_EQ(backups().size(), 3U);
  EXPECT_EQ(active(), line('d', 80) + "\n");
  EXPECT_EQ(all_text().size(), 4U * 80U);
}

TEST_F(RotatingFileSinkTest, PrunesTheOldestBackupsAndNothingElse) {
  fs.put("logs/app.log.20200101_000000", "old\n");
  fs.put("logs/app.log.20200101_000001", "old\n");
  fs.put("logs/app.log.20200101_000001.bz2", "foreign\n");
  fs.put("logs/app.log.old", "foreign\n");
  fs.put("logs/other.log.20200101_000000", "foreign\n");
  RotatingFileOptions options = limited();
  options.retention.count_max = 2;
  open(options);

  EXPECT_FALSE(log(line('a', 80)));
  EXPECT_FALSE(log(line('b', 80)));
  EXPECT_FALSE(log(line('c', 80)));

  EXPECT_EQ(backups(),
            (std::vector<std::string>{"app.log.20261122_135033", "app.log.20261122_135033.1"}));
  EXPECT_EQ(sink->stats().prunes, 2U);
  EXPECT_TRUE(fs.exists("logs/app.log.20200101_000001.bz2"));
  EXPECT_TRUE(fs.exists("logs/app.log.old"));
  EXPECT_TRUE(fs.exists("logs/other.log.20200101_000000"));
}

TEST_F(RotatingFileSinkTest, PrunesAtOpen) {
  fs.put("logs/app.log.20200101_000000", "old\n");
  fs.put("logs/app.log.20200101_000001", "old\n");
  RotatingFileOptions options = plain_options();
  options.retention.count_max = 1;

  open(options);

  EXPECT_EQ(backups(), std::vector<std::string>{"app.log.20200101_000001"});
}

TEST_F(RotatingFileSinkTest, LetsGoOfANextFileThatARotationHasUsedAlready) {
  host.set_mode(InlineSinkHost::Mode::when_told);
  open(plain_options());
  EXPECT_TRUE(host.run_work());  // made, but the sink has not heard of it
  EXPECT_FALSE(log("one"));
  EXPECT_FALSE(sink->rotate());
  host.run_all();
  host.run_completions();
  EXPECT_EQ(fs.open_files(), 2);  // the active file, and the one that a sync() would cover
}

TEST_F(RotatingFileSinkTest, RotatesOnDemand) {
  open(plain_options());
  write("one");

  EXPECT_FALSE(sink->rotate());

  ASSERT_EQ(backups().size(), 1U);
  EXPECT_EQ(fs.read("logs/" + backups()[0]), "one\n");
  EXPECT_EQ(active(), "");
}

TEST_F(RotatingFileSinkTest, DoesNotRotateAnEmptyFile) {
  open(plain_options());

  EXPECT_FALSE(sink->rotate());

  EXPECT_TRUE(backups().empty());
}

TEST_F(RotatingFileSinkTest, GoesOnInANewFileWithinASecondOfADeletion) {
  open(plain_options());
  EXPECT_FALSE(log("one"));

  fs.erase("logs/app.log");
  clock.advance(1s);
  sink->tick();
  EXPECT_FALSE(log("two"));

  EXPECT_EQ(active(), "two\n");
  EXPECT_EQ(host.told_about("moved or deleted"), 1U);
}

TEST_F(RotatingFileSinkTest, GoesOnInTheFileThatReplacedOurs) {
  open(plain_options());
  EXPECT_FALSE(log("one"));

  fs.move("logs/app.log", "logs/app.log.moved");
  fs.put("logs/app.log", "theirs\n");
  clock.advance(1s);
  sink->tick();
  EXPECT_FALSE(log("two"));

  EXPECT_EQ(fs.read("logs/app.log.moved"), "one\n");
  EXPECT_EQ(active(), "theirs\ntwo\n");
}

TEST_F(RotatingFileSinkTest, LooksAtThePathAtMostOnceASecond) {
  open(plain_options());
  fs.clear_trace();

  for (int i = 0; i < 99; ++i) {
    clock.advance(10ms);
    sink->tick();
  }

  EXPECT_EQ(fs.count_in_trace("stat app.log"), 0U);
  clock.advance(10ms);
  sink->tick();
  EXPECT_EQ(fs.count_in_trace("stat app.log"), 1U);
}

TEST_F(RotatingFileSinkTest, NeverRenamesAFileThatIsNotOurs) {
  open(limited());
  EXPECT_FALSE(log(line('a', 80)));

  fs.move("logs/app.log", "logs/aside");
  fs.put("logs/app.log", "theirs\n");
  EXPECT_FALSE(log(line('b', 80)));  // due: finds that the name is not ours any more

  EXPECT_TRUE(backups().empty());
  EXPECT_EQ(fs.read("logs/aside"), line('a', 80) + "\n");
  EXPECT_EQ(active(), "theirs\n" + line('b', 80) + "\n");
}

TEST_F(RotatingFileSinkTest, KeepsItsFileWhileSomethingElseHasItsName) {
  open(limited());
  EXPECT_FALSE(log(line('a', 80)));

  fs.move("logs/app.log", "logs/aside");
  fs.put("logs/app.log", "", FileKind::symlink);
  EXPECT_FALSE(log(line('b', 80)));

  EXPECT_EQ(fs.read("logs/aside"), line('a', 80) + "\n" + line('b', 80) + "\n");
  EXPECT_EQ(host.told_about("symbolic link"), 1U);
  EXPECT_EQ(sink->stats().rotation_errors, 1U);
}

TEST_F(RotatingFileSinkTest, NoticesThatItsFileWasTruncated) {
  open(limited());
  EXPECT_FALSE(log(line('a', 80)));

  fs.truncate("logs/app.log");
  clock.advance(1s);
  sink->tick();
  EXPECT_FALSE(log(line('b', 80)));

  EXPECT_TRUE(backups().empty());
  EXPECT_EQ(active(), line('b', 80) + "\n");
}

TEST_F(RotatingFileSinkTest, ReopensOnDemandOnlyAFileThatWasMoved) {
  open(plain_options());
  EXPECT_FALSE(log("one"));
  fs.clear_trace();

  EXPECT_FALSE(sink->reopen());
  EXPECT_EQ(fs.count_in_trace("open"), 0U);
  fs.move("logs/app.log", "logs/aside");
  EXPECT_FALSE(sink->reopen());
  EXPECT_FALSE(log("two"));

  EXPECT_EQ(fs.read("logs/aside"), "one\n");
  EXPECT_EQ(active(), "two\n");
}

TEST_F(RotatingFileSinkTest, WritesWhatIsBufferedAtItsEnd) {
  open(plain_options());
  write("last");

  sink.reset();

  EXPECT_EQ(active(), "last\n");
  EXPECT_EQ(fs.open_files(), 0);
  EXPECT_FALSE(fs.exists("logs/.app.log.next"));
}

TEST_F(RotatingFileSinkTest, LetsThePathGoAtItsEnd) {
  open(plain_options());
  sink.reset();

  EXPECT_NO_THROW(open(plain_options()));
}

TEST_F(RotatingFileSinkTest, IgnoresWorkThatEndsAfterIt) {
  host.set_mode(InlineSinkHost::Mode::when_told);
  RotatingFileOptions options = limited();
  options.sync.interval = 1s;
  open(options);
  EXPECT_FALSE(log(line('a', 80)));
  EXPECT_FALSE(log(line('b', 80)));
  EXPECT_GT(host.pending(), 0U);

  sink.reset();
  host.run_all();

  EXPECT_EQ(fs.open_files(), 0);
  EXPECT_EQ(all_text(), line('a', 80) + "\n" + line('b', 80) + "\n");
}

}  // namespace
}  // namespace lathe
