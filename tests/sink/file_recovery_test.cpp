// SPDX-License-Identifier: MIT
//
// What a sink leaves in its journal when its process is killed, and how the next one goes on.

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "rotating_file_fixture.hpp"

namespace lathe {
namespace {

class FileRecoveryTest : public RotatingFileFixture {
 protected:
  FileRecoveryTest() { host.set_journal(&journal); }

  // Numbered records of one pass, as the backend gives them to a sink.
  void write_batch(const std::vector<std::string>& messages) {
    place = {.pass = 1, .first_record = given, .is_numbered = true};
    std::vector<Record> batch;
    for (const std::string& message : messages) batch.push_back(make_record(message));
    EXPECT_FALSE(sink->write(batch));
    given += static_cast<std::uint32_t>(messages.size());
  }

  // The process is gone, with what was in its memory; its disk and its journal stay.
  void kill() {
    fs.fail_from(Call::write, 1, std::errc::io_error);
    host.set_journal(nullptr);
    const std::array<FileJournalEntry, 2> entries = state.entries;
    const std::uint64_t count = state.count.load();
    sink.reset();             // whose end must leave no trace
    host = InlineSinkHost();  // with what other threads were to do
    state.entries = entries;
    state.count.store(count);
    fs.heal();
  }

  FileStatus fs_status() {
    const FakeNode& node = fs.node("logs/app.log");
    return {.kind = FileKind::regular, .device = 1, .inode = node.inode};
  }

  // The next process. Returns the number of the first record that it asks for.
  std::uint32_t begin_recovery(std::uint64_t pass = 1) {
    sink = std::make_unique<RotatingFileSink>(plain_options(), fs, clock);
    return sink->begin_recovery(journal, sink->description(), pass);
  }

  // Two records that are written, in a file that has been left, and whose sync will fail.
  void write_what_will_be_suspect() {
    host.set_mode(InlineSinkHost::Mode::when_told);
    RotatingFileOptions options = plain_options();
    options.sync.on_rotate = true;
    journal.publish({});
    host.set_journal(&journal);
    open(options);
    host.run_all();
    write_batch({"one", "two"});
    EXPECT_FALSE(sink->flush());
    EXPECT_FALSE(sink->rotate());
    fs.fail(Call::sync_data, 1, std::errc::io_error);
  }

  // Gives it `all` from where it asks, as a recovery does.
  void recover(const std::vector<std::string>& all) {
    const std::uint32_t first = begin_recovery();
    std::vector<Record> batch;
    for (std::size_t i = first; i < all.size(); ++i) batch.push_back(make_record(all[i]));
    place = {.pass = 1, .first_record = first, .is_numbered = true};
    EXPECT_FALSE(sink->take(batch));
    sink->end_recovery("");
  }

  FileJournalState state{};
  std::vector<char> block = std::vector<char>(kJournalBlockBytes);
  BatchPlace place;
  FileJournal journal{state, block, place};
  std::uint32_t given = 0;
};

const std::vector<std::string> kThree{"first", "second record", "3"};
const std::string kThreeLines = "first\nsecond record\n3\n";

TEST_F(FileRecoveryTest, GoesOnAtTheByteWhereverAWriteWasCutOff) {
  for (std::size_t written = 1; written <= kThreeLines.size(); ++written) {
    fs.put("logs/app.log", "");
    given = 0;
    journal.publish({});
    host.set_journal(&journal);
    open(plain_options());
    write_batch(kThree);
    fs.shorten_write(1, written);
    fs.fail_from(Call::write, 2, std::errc::io_error);
    (void)sink->flush();
    kill();
    recover(kThree);
    EXPECT_EQ(active(), kThreeLines) << written;
    sink.reset();
  }
}

TEST_F(FileRecoveryTest, FindsOutFromTheFileWhatTheKilledWriteHasDone) {
  for (std::size_t written = 0; written <= kThreeLines.size(); ++written) {
    std::copy(kThreeLines.begin(), kThreeLines.end(), block.begin() + 100);
    fs.put("logs/app.log", "before\n" + kThreeLines.substr(0, written));
    const FileStatus file = fs_status();
    journal.publish({.pass = 1,
                     .records = 3,
                     .block_begin = 100,
                     .block_bytes = kThreeLines.size(),
                     .device = file.device,
                     .inode = file.inode,
                     .size_bytes = 7});
    EXPECT_EQ(begin_recovery(), 3u) << written;
    sink->end_recovery("");
    EXPECT_EQ(active(), "before\n" + kThreeLines) << written;
    sink.reset();
  }
}

TEST_F(FileRecoveryTest, WritesOnlyWhatIsNotInTheFileAfterARotation) {
  RotatingFileOptions options = plain_options();
  options.rotation.size_bytes_max = 1024;
  open(options);
  std::vector<std::string> all;
  for (int i = 0; i < 100; ++i) all.push_back("record " + std::to_string(i) + std::string(30, '.'));
  write_batch({all.begin(), all.begin() + 60});
  EXPECT_FALSE(sink->flush());
  ASSERT_GE(backups().size(), 2u);
  write_batch({all.begin() + 60, all.end()});
  kill();  // before the flush
  recover(all);
  std::string want;
  for (const std::string& each : all) want += each + "\n";
  EXPECT_EQ(all_text(), want);
}

TEST_F(FileRecoveryTest, FinishesTheFileThatSomebodyHasRotatedSince) {
  open(plain_options());
  write_batch(kThree);
  fs.shorten_write(1, 8);
  fs.fail_from(Call::write, 2, std::errc::io_error);
  (void)sink->flush();
  // The entry from before the second attempt: the rest was being written.
  FileJournalEntry entry = journal.last();
  entry.block_begin = 8;
  entry.block_bytes = kThreeLines.size() - 8;
  std::copy(kThreeLines.begin(), kThreeLines.end(), block.begin());
  const FileStatus file = fs_status();
  entry.device = file.device;
  entry.inode = file.inode;
  entry.size_bytes = 8;
  entry.records = 3;
  entry.partial_bytes = 0;
  kill();
  journal.publish(entry);
  fs.move("logs/app.log", "logs/app.log.1");
  recover({kThree[0], kThree[1], kThree[2], "fourth"});
  EXPECT_EQ(fs.read("logs/app.log.1"), kThreeLines);
  EXPECT_EQ(active(), "fourth\n");
}

TEST_F(FileRecoveryTest, WritesAgainAndSaysSoWhereTheFileIsGone) {
  open(plain_options());
  std::copy(kThreeLines.begin(), kThreeLines.end(), block.begin());
  sink.reset();
  journal.publish({.pass = 1,
                   .records = 3,
                   .block_bytes = kThreeLines.size(),
                   .device = 1,
                   .inode = 999'999,
                   .size_bytes = 0});
  recover(kThree);
  EXPECT_EQ(active(), kThreeLines);
  sink->attach(host);
  ASSERT_EQ(host.told().size(), 1u);
  EXPECT_NE(host.told()[0].find("perhaps again"), std::string::npos);
}

// After a power cut, or with a disk that was unplugged, what the journal remembers may be gone from
// the file. The second record was being written.
TEST_F(FileRecoveryTest, WritesARecordWholeWhoseFirstPartIsGone) {
  for (const std::string before : {"", "first\n", "first\nse"}) {
    for (const bool was_writing : {false, true}) {
      fs.put("logs/app.log", before);
      std::copy(kThreeLines.begin(), kThreeLines.end(), block.begin());
      const FileStatus file = fs_status();
      FileJournalEntry entry{
          .pass = 1, .device = file.device, .inode = file.inode, .size_bytes = 10};
      if (was_writing) {
        entry.records = 3;
        entry.block_begin = 10;
        entry.block_bytes = kThreeLines.size() - 10;
      } else {
        entry.records = 1;
        entry.partial_bytes = 4;
      }
      journal.publish(entry);
      recover(kThree);
      const std::string line_end = before.ends_with("se") ? "\n" : "";
      EXPECT_EQ(active(), before + line_end + "second record\n3\n") << was_writing;
      sink->attach(host);
      EXPECT_NE(host.told().at(host.told().size() - 1).find("follow"), std::string::npos);
      sink.reset();
    }
  }
}

TEST_F(FileRecoveryTest, StopsWhereTheDiskIsFullAndTheNextOneGoesOn) {
  open(plain_options());
  write_batch(kThree);
  kill();
  const std::uint32_t first = begin_recovery();
  EXPECT_EQ(first, 0u);
  std::vector<Record> batch;
  for (const std::string& message : kThree) batch.push_back(make_record(message));
  place = {.pass = 1, .first_record = 0, .is_numbered = true};
  fs.shorten_write(1, 9);
  fs.fail_from(Call::write, 2, std::errc::no_space_on_device);
  EXPECT_EQ(sink->take(batch), std::errc::no_space_on_device);
  sink->end_recovery("");
  kill();
  recover(kThree);
  EXPECT_EQ(active(), kThreeLines);
}

TEST_F(FileRecoveryTest, IgnoresNumbersOfAnEarlierPass) {
  open(plain_options());
  write_batch({"old"});
  EXPECT_FALSE(sink->flush());
  kill();
  sink = std::make_unique<RotatingFileSink>(plain_options(), fs, clock);
  EXPECT_EQ(sink->begin_recovery(journal, sink->description(), 2), 0u);
  sink->end_recovery("");
}

// Those that are written again belong to a pass that is done, whatever pass has begun since.
TEST_F(FileRecoveryTest, TakesNothingForWrittenWhenARescueComesBetweenTwoPasses) {
  for (const bool can_write : {true, false}) {
    write_what_will_be_suspect();
    place = {.pass = 2, .first_record = 0, .is_numbered = true};
    if (!can_write) fs.fail_from(Call::write, 1, std::errc::io_error);
    host.run_all();
    EXPECT_EQ(active().ends_with("\none\ntwo\n"), can_write);
    kill();
    EXPECT_EQ(begin_recovery(2), 0u) << can_write;
    sink->end_recovery("");
    sink.reset();
    given = 0;
  }
}

TEST_F(FileRecoveryTest, TakesNothingForWrittenWhenARescueWaitsForTheNextPass) {
  open(plain_options());
  write_batch({"one", "two"});
  EXPECT_FALSE(sink->flush());
  fs.fail(Call::sync_data, 1, std::errc::io_error);
  fs.fail_from(Call::rename, 1, std::errc::io_error);
  EXPECT_TRUE(sink->sync());
  fs.heal();
  host.set_mode(InlineSinkHost::Mode::when_told);
  EXPECT_FALSE(sink->rotate());  // the file can be left at last; what it held is to be written
  place = {.pass = 2, .first_record = 0, .is_numbered = true};
  const std::vector<Record> batch{make_record("first"), make_record("second record")};
  EXPECT_FALSE(sink->write(batch));
  fs.shorten_write(1, 5);
  fs.fail_from(Call::write, 2, std::errc::io_error);
  EXPECT_TRUE(sink->flush());
  kill();
  EXPECT_EQ(begin_recovery(2), 0u);
  EXPECT_FALSE(sink->take(batch));
  sink->end_recovery("");
  EXPECT_EQ(active(), "sync \nfirst\nsecond record\n");
}

// Its rest is nowhere, but it must not take the place of a record's beginning.
TEST_F(FileRecoveryTest, WritesARecordWholeAfterALineOfOursThatWasCutOff) {
  open(plain_options());
  write_batch({"first"});
  EXPECT_FALSE(sink->flush());
  place = {.pass = 1, .first_record = given, .is_numbered = false};
  const Record own = make_record("lathe tells");
  EXPECT_FALSE(sink->write({&own, 1}));
  fs.shorten_write(1, 5);
  fs.fail(Call::write, 2, std::errc::io_error);
  EXPECT_TRUE(sink->flush());
  kill();
  recover(kThree);
  EXPECT_EQ(active(), "first\nlathe\nsecond record\n3\n");
}

TEST_F(FileRecoveryTest, MakesLinesAsTheKilledProcessDid) {
  open(plain_options());
  SinkDescription made_by = sink->description();
  made_by.pattern = "{process} {message}";
  made_by.process_id = 4711;
  made_by.level_min = Level::warn;
  EXPECT_EQ(sink->begin_recovery(journal, made_by, 1), 0u);
  const std::vector<Record> batch{make_record("quiet"), make_record("loud", Level::warn)};
  EXPECT_FALSE(sink->take(batch));
  sink->end_recovery("");
  EXPECT_FALSE(log("own"));
  EXPECT_EQ(active(), "4711 loud\nown\n");
}

TEST_F(FileRecoveryTest, KeepsLongRecordsWholeThatDoNotFitTheBlock) {
  open(plain_options());
  const std::vector<std::string> all{"small", std::string(kJournalBlockBytes * 2, 'x'), "end"};
  write_batch(all);
  fs.shorten_write(2, 1000);  // in the middle of the large one
  fs.fail_from(Call::write, 3, std::errc::io_error);
  (void)sink->flush();
  kill();
  recover(all);
  EXPECT_EQ(active(), all[0] + "\n" + all[1] + "\n" + all[2] + "\n");
}

}  // namespace
}  // namespace lathe
