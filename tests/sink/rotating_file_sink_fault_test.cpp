// SPDX-License-Identifier: MIT
//
// RotatingFileSink on a disk that fails.

#include "rotating_file_fixture.hpp"

namespace lathe {
namespace {

class RotatingFileSinkFaultTest : public RotatingFileFixture {
 protected:
  static RotatingFileOptions limited() {
    RotatingFileOptions options = plain_options();
    options.rotation.size_bytes_max = kLimit;
    return options;
  }
};

TEST_F(RotatingFileSinkFaultTest, ContinuesAShortWriteAtTheExactByte) {
  const std::string want = "one\ntwo\nthree\n";
  for (std::size_t bytes = 0; bytes < want.size(); ++bytes) {
    FakeFileSystem disk;
    (void)disk.make_directory("logs");
    RotatingFileSink short_sink(plain_options(), disk, clock);
    const std::vector<Record> batch{make_record("one"), make_record("two"), make_record("three")};
    disk.shorten_write(1, bytes);

    EXPECT_FALSE(short_sink.write(batch));
    const std::error_code first = short_sink.flush();

    EXPECT_EQ(static_cast<bool>(first), bytes == 0);  // nothing at all counts as an error
    EXPECT_FALSE(short_sink.flush());
    EXPECT_EQ(disk.read("logs/app.log"), want) << bytes;
  }
}

TEST_F(RotatingFileSinkFaultTest, KeepsItsBytesUntilThereIsSpaceAgain) {
  for (const std::errc error : {std::errc::no_space_on_device, std::errc::file_too_large,
                                std::errc::io_error, std::errc::not_enough_memory}) {
    FakeFileSystem disk;
    (void)disk.make_directory("logs");
    InlineSinkHost teller;
    RotatingFileSink full(plain_options(), disk, clock);
    full.attach(teller);
    disk.fail_from(Call::write, 1, error);
    const std::vector<Record> batch{make_record("one"), make_record("two")};

    EXPECT_FALSE(full.write(batch));
    for (int i = 0; i < 3; ++i) EXPECT_EQ(full.flush(), error);
    EXPECT_TRUE(full.wants_retry());
    EXPECT_EQ(full.stats().write_errors, 1U);  // one episode
    EXPECT_EQ(teller.told_about("2 records wait"), 1U);

    disk.heal();
    clock.advance(2s);
    EXPECT_FALSE(full.flush());
    EXPECT_FALSE(full.wants_retry());
    EXPECT_EQ(disk.read("logs/app.log"), "one\ntwo\n");
    EXPECT_EQ(teller.told_about("writes again, after 2000 ms; 2 records (8 bytes) waited"), 1U);
  }
}

TEST_F(RotatingFileSinkFaultTest, ContinuesInTheMiddleOfARecordAfterAShortWriteAndAnError) {
  open(plain_options());
  fs.shorten_write(1, 6);
  fs.fail(Call::write, 2, std::errc::no_space_on_device);

  write("one");
  EXPECT_EQ(log("two"), std::errc::no_space_on_device);
  EXPECT_EQ(active(), "one\ntw");
  EXPECT_FALSE(sink->flush());

  EXPECT_EQ(active(), "one\ntwo\n");
}

TEST_F(RotatingFileSinkFaultTest, AWriteThatTakesNothingIsAnErrorAndNoEndlessLoop) {
  open(plain_options());
  fs.shorten_write(1, 0);

  EXPECT_EQ(log("one"), std::errc::io_error);
  EXPECT_FALSE(sink->flush());

  EXPECT_EQ(active(), "one\n");
}

TEST_F(RotatingFileSinkFaultTest, NeverDividesARecordBetweenTwoFiles) {
  open(limited());
  fs.shorten_write(1, 100);
  fs.fail(Call::write, 2, std::errc::no_space_on_device);
  write(line('a', 60));
  write(line('b', 40));
  EXPECT_FALSE(sink->flush());  // exactly full
  fs.heal();

  fs.shorten_write(1, 30);
  fs.fail(Call::write, 2, std::errc::no_space_on_device);
  EXPECT_EQ(log(line('c', 60)), std::errc::no_space_on_device);
  EXPECT_EQ(sink->rotate(), std::error_code{});  // finishes the record first

  ASSERT_EQ(backups().size(), 2U);
  EXPECT_EQ(fs.read("logs/" + backups()[1]), line('c', 60) + "\n");
}

// The file is over its limit, since a rotation failed; then a write stops inside a record, and the
// time for the next rotation comes.
TEST_F(RotatingFileSinkFaultTest, FinishesARecordBeforeAnOverdueRotation) {
  open(limited());
  EXPECT_FALSE(log(line('a', 80)));
  fs.fail(Call::rename, 1, std::errc::io_error);
  EXPECT_FALSE(log(line('b', 80)));
  fs.shorten_write(1, 30);
  fs.fail(Call::write, 2, std::errc::io_error);
  EXPECT_EQ(log(line('c', 60)), std::errc::io_error);

  clock.advance(1min);
  sink->tick();
  EXPECT_TRUE(backups().empty());
  EXPECT_FALSE(sink->flush());
  EXPECT_FALSE(log(line('d', 60)));

  ASSERT_EQ(backups().size(), 1U);
  EXPECT_EQ(active(), line('d', 60) + "\n");
}

TEST_F(RotatingFileSinkFaultTest, WritesOnInBlocksWhileItCannotRotate) {
  open(limited());
  EXPECT_FALSE(log(line('a', 80)));
  fs.fail_from(Call::rename, 1, std::errc::io_error);
  fs.clear_trace();

  for (int i = 0; i < 10; ++i) write(line('b', 80));
  EXPECT_FALSE(sink->flush());
  EXPECT_EQ(fs.count_in_trace("write"), 1U);
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(log(line('c', 80)));

  EXPECT_EQ(sink->stats().rotation_errors, 1U);  // waits before it tries again
  EXPECT_EQ(active().size(), 21U * 80U);
}

TEST_F(RotatingFileSinkFaultTest, KeepsABatchLargerThanItsBlockWhileWritesFail) {
  open(plain_options());
  fs.fail_from(Call::write, 1, std::errc::no_space_on_device);
  std::string want;
  for (int i = 0; i < 1000; ++i) {
    write(line('x', 1024));
    want += line('x', 1024) + "\n";
  }
  EXPECT_EQ(fs.count_in_trace("write"), 1U);  // does not try again for every record

  EXPECT_EQ(sink->flush(), std::errc::no_space_on_device);
  fs.heal();
  EXPECT_FALSE(sink->flush());

  EXPECT_EQ(active(), want);
}

TEST_F(RotatingFileSinkFaultTest, AbandonTellsHowManyRecordsWereNotWritten) {
  open(plain_options());
  fs.shorten_write(1, 6);
  fs.fail(Call::write, 2, std::errc::io_error);
  write("one");
  write("two");
  write("three");
  EXPECT_EQ(sink->flush(), std::errc::io_error);

  EXPECT_EQ(sink->abandon(), 2U);  // of "two", two letters were written
  EXPECT_FALSE(sink->wants_retry());
  EXPECT_EQ(sink->abandon(), 0U);
}

TEST_F(RotatingFileSinkFaultTest, RotatesAFileThatTakesNoMore) {
  open(plain_options());
  EXPECT_FALSE(log("one"));
  fs.fail(Call::write, 1, std::errc::file_too_large);

  EXPECT_EQ(log("two"), std::errc::file_too_large);
  EXPECT_FALSE(sink->flush());

  ASSERT_EQ(backups().size(), 1U);
  EXPECT_EQ(active(), "two\n");
}

TEST_F(RotatingFileSinkFaultTest, KeepsTheOldFileWhenTheFirstRenameFails) {
  open(limited());
  EXPECT_FALSE(log(line('a', 80)));
  fs.fail_from(Call::rename, 1, std::errc::permission_denied);

  EXPECT_FALSE(log(line('b', 80)));

  EXPECT_EQ(active(), line('a', 80) + "\n" + line('b', 80) + "\n");
  EXPECT_EQ(sink->stats().rotation_errors, 1U);
  EXPECT_EQ(host.told_about("cannot start a new file (rename app.log to app.log.2"), 1U);
}

TEST_F(RotatingFileSinkFaultTest, KeepsTheOldFileWhenTheSecondRenameFails) {
  open(limited());
  EXPECT_FALSE(log(line('a', 80)));
  fs.fail(Call::rename, 2, std::errc::io_error);

  EXPECT_FALSE(log(line('b', 80)));

  EXPECT_EQ(active(), line('a', 80) + "\n" + line('b', 80) + "\n");
  EXPECT_TRUE(backups().empty());
  clock.advance(1s);
  EXPECT_FALSE(log(line('c', 80)));
  EXPECT_EQ(backups().size(), 1U);
  EXPECT_EQ(active(), line('c', 80) + "\n");
}

TEST_F(RotatingFileSinkFaultTest, HealsWhenNeitherTheSecondRenameNorTheWayBackWorks) {
  open(limited());
  EXPECT_FALSE(log(line('a', 80)));
  fs.fail(Call::rename, 2, std::errc::io_error);
  fs.fail(Call::rename, 3, std::errc::io_error);

  EXPECT_FALSE(log(line('b', 80)));
  EXPECT_FALSE(fs.exists("logs/app.log"));
  clock.advance(1s);
  sink->tick();
  EXPECT_FALSE(log(line('c', 80)));

  ASSERT_EQ(backups().size(), 1U);
  EXPECT_EQ(fs.read("logs/" + backups()[0]), line('a', 80) + "\n" + line('b', 80) + "\n");
  EXPECT_EQ(active(), line('c', 80) + "\n");
}

TEST_F(RotatingFileSinkFaultTest, WaitsTwiceAsLongAfterEveryFailedRotation) {
  open(limited());
  EXPECT_FALSE(log(line('a', 80)));
  fs.fail_from(Call::rename, 1, std::errc::permission_denied);
  EXPECT_FALSE(log(line('b', 80)));

  std::vector<int> tries_at;
  std::uint64_t errors = sink->stats().rotation_errors;
  for (int second = 1; second <= 200; ++second) {
    clock.advance(1s);
    sink->tick();
    if (sink->stats().rotation_errors > errors) tries_at.push_back(second);
    errors = sink->stats().rotation_errors;
  }

  EXPECT_EQ(tries_at, (std::vector<int>{1, 3, 7, 15, 31, 63, 123, 183}));
  fs.heal();
  clock.advance(60s);
  sink->tick();
  EXPECT_EQ(backups().size(), 1U);
}

TEST_F(RotatingFileSinkFaultTest, KeepsTheOldFileWhenNoNextFileCanBeMade) {
  fs.fail_from(Call::open, 2, std::errc::too_many_files_open);
  open(limited());
  EXPECT_FALSE(log(line('a', 80)));

  EXPECT_FALSE(log(line('b', 80)));

  EXPECT_EQ(active(), line('a', 80) + "\n" + line('b', 80) + "\n");
  EXPECT_EQ(sink->stats().rotation_errors, 1U);
}

TEST_F(RotatingFileSinkFaultTest, GivesUpAfterSoManyTakenNames) {
  open(limited());
  EXPECT_FALSE(log(line('a', 80)));
  fs.fail_from(Call::rename, 1, std::errc::file_exists);
  fs.clear_trace();

  EXPECT_FALSE(log(line('b', 80)));

  EXPECT_EQ(fs.count_in_trace("rename"), static_cast<std::size_t>(Rotator::kNamesMax));
  EXPECT_EQ(active().size(), 160U);
}

TEST_F(RotatingFileSinkFaultTest, DoesNotPutAFileInPlaceThatSomebodyHasFilled) {
  open(limited());
  EXPECT_FALSE(log(line('a', 80)));
  fs.erase("logs/.app.log.next");
  fs.put("logs/.app.log.next", "theirs\n");

  EXPECT_FALSE(log(line('b', 80)));

  EXPECT_EQ(active(), line('a', 80) + "\n" + line('b', 80) + "\n");
  EXPECT_EQ(fs.read("logs/.app.log.next"), "theirs\n");
}

TEST_F(RotatingFileSinkFaultTest, CountsAndTellsAFailedClose) {
  RotatingFileOptions options = plain_options();
  options.sync.on_rotate = true;
  open(options);
  EXPECT_FALSE(log("one"));
  fs.fail(Call::close, 1, std::errc::io_error);

  EXPECT_FALSE(sink->rotate());

  EXPECT_EQ(sink->stats().write_errors, 1U);
  EXPECT_EQ(host.told_about("cannot close"), 1U);
  EXPECT_EQ(fs.count_in_trace("close"), 1U);
}

TEST_F(RotatingFileSinkFaultTest, TellsThatAPruneFailedAndPrunesTheRest) {
  for (const char* name : {"0", "1", "2"}) {
    fs.put(std::string("logs/app.log.20200101_00000") + name, "old\n");
  }
  RotatingFileOptions options = plain_options();
  options.retention.count_max = 1;
  fs.fail(Call::remove, 1, std::errc::operation_not_permitted);

  open(options);

  EXPECT_EQ(backups().size(), 2U);
  EXPECT_EQ(host.told_about("cannot remove app.log.20200101_000000"), 1U);
}

TEST_F(RotatingFileSinkFaultTest, IsContentWhenAnotherHasPrunedFirst) {
  for (const char* name : {"0", "1"}) {
    fs.put(std::string("logs/app.log.20200101_00000") + name, "old\n");
  }
  RotatingFileOptions options = plain_options();
  options.retention.count_max = 1;
  fs.fail(Call::remove, 1, std::errc::no_such_file_or_directory);

  open(options);

  EXPECT_TRUE(host.told().empty());
  EXPECT_EQ(sink->stats().prunes, 0U);
}

TEST_F(RotatingFileSinkFaultTest, LeavesANextFileOfOthersAlone) {
  open(plain_options());
  fs.erase("logs/.app.log.next");
  fs.put("logs/.app.log.next", "theirs\n");

  sink.reset();

  EXPECT_EQ(fs.read("logs/.app.log.next"), "theirs\n");
}

TEST_F(RotatingFileSinkFaultTest, TellsThatTheActiveFileCouldNotBeClosed) {
  open(plain_options());
  EXPECT_FALSE(log("one"));
  fs.fail(Call::close, 2, std::errc::io_error);  // the first is of the next file

  sink.reset();

  EXPECT_EQ(fs.trace().back(), "close app.log");
  EXPECT_EQ(host.told_about("cannot close"), 1U);
}

// Every call of a run with rotations, prepared files, syncs and looks at the path fails once, one
// in each run, until a run meets no fault any more.
TEST_F(RotatingFileSinkFaultTest, LosesNothingWhenAnySingleCallFails) {
  RotatingFileOptions options = limited();
  options.sync = {.interval = 1s, .bytes_max = 150, .level_min = Level::error, .on_rotate = true};
  std::string want;
  for (char letter = 'a'; letter <= 'l'; ++letter) want += line(letter, 40) + "\n";

  for (const std::errc error : {std::errc::no_space_on_device, std::errc::io_error,
                                std::errc::permission_denied, std::errc::file_exists}) {
    for (const auto mode : {InlineSinkHost::Mode::at_once, InlineSinkHost::Mode::when_told}) {
      std::uint64_t runs = 0;
      for (bool is_met = true; is_met; ++runs) {
        fs = FakeFileSystem();
        (void)fs.make_directory("logs");
        InlineSinkHost janitor(mode);
        sink = std::make_unique<RotatingFileSink>(options, fs, clock);
        sink->attach(janitor);
        fs.fail_any(runs + 1, error);

        for (char letter = 'a'; letter <= 'l'; ++letter) {
          write(line(letter, 40), letter == 'f' ? Level::error : Level::info);
          (void)sink->flush();
          if (letter % 3 == 0) janitor.run_all();
          clock.advance(400ms);
          sink->tick();
        }
        is_met = fs.faults_met() > 0;
        fs.heal();
        clock.advance(1min);
        sink->tick();
        EXPECT_FALSE(sink->flush());
        sink.reset();
        janitor.run_all();

        ASSERT_EQ(without_repeats(all_text()), want) << "call " << runs + 1;
        ASSERT_EQ(fs.open_files(), 0) << "call " << runs + 1;
        ASSERT_LT(runs, 1000U);
      }
      EXPECT_GT(runs, 50U);
    }
  }
}

}  // namespace
}  // namespace lathe
