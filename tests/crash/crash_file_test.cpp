// SPDX-License-Identifier: MIT

#include "engine/crash_file.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <array>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "crash_fixture.hpp"

namespace lathe {
namespace {

class CrashFileTest : public ::testing::Test {
 protected:
  CrashFileTest() {
    dir.write("log", "before\n");
    descriptor = ::open((dir / "log").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
    struct stat found {};
    if (descriptor < 0 || ::fstat(descriptor, &found) != 0) std::abort();
    journal.set_file({.descriptor = descriptor, .device = found.st_dev, .inode = found.st_ino});
    description.path = dir / "log";
    description.pattern = "{message}";
    description.line_end = "\n";
  }
  ~CrashFileTest() override { (void)::close(descriptor); }

  // What was being written when the sink was stopped: `begun` of `line` is there.
  void begin_write(std::string_view line, std::size_t begun, FileJournalEntry entry) {
    std::copy(line.begin(), line.end(), journal.block().begin() + 10);
    entry.block_begin = 10;
    entry.block_bytes = line.size();
    entry.device = journal.file().device;
    entry.inode = journal.file().inode;
    entry.size_bytes = text().size();
    journal.publish(entry);
    dir.write("log", text() + std::string(line.substr(0, begun)));
  }

  Record record(std::string_view message, Level level = Level::info) const {
    return {.time = {},
            .message = message,
            .thread = &thread,
            .source = &source,
            .logger = &logger,
            .level = level};
  }
  void add(CrashFile& file, std::string_view message, Level level = Level::info) {
    file.add(record(message, level), room);
  }
  std::string text() const { return dir.read("log"); }

  TempDir dir;
  int descriptor = -1;
  ThreadInfo thread;
  SourceInfo source;
  LoggerInfo logger;
  FileJournalState state{};
  std::vector<char> block = std::vector<char>(100);
  std::vector<char> room = std::vector<char>(10'000);
  BatchPlace place;
  FileJournal journal{state, block, place};
  SinkDescription description;
};

TEST_F(CrashFileTest, AppendsLinesAndSaysHowFarItIs) {
  CrashFile file(journal, description);
  file.begin(3);
  EXPECT_TRUE(file.is_writing());
  add(file, "one");
  add(file, "two");
  EXPECT_EQ(text(), "before\n");
  EXPECT_EQ(file.written(), 0u);
  file.flush();
  EXPECT_EQ(text(), "before\none\ntwo\n");
  EXPECT_EQ(file.written(), 2u);
  EXPECT_EQ(journal.last().pass, 3u);
  EXPECT_EQ(journal.last().records, 2u);
  EXPECT_EQ(journal.last().block_bytes, 0u);
}

TEST_F(CrashFileTest, GoesOnWhereverAWriteWasCutOff) {
  const std::string_view line = "cut off\n";
  for (std::size_t begun = 0; begun <= line.size(); ++begun) {
    dir.write("log", "before\n");
    begin_write(line, begun, {.pass = 3, .records = 7});
    CrashFile file(journal, description);
    file.begin(3);
    EXPECT_EQ(file.next(), 7u);
    add(file, "next");
    file.flush();
    EXPECT_EQ(text(), "before\ncut off\nnext\n") << begun;
    EXPECT_EQ(journal.last().records, 8u);
  }
}

TEST_F(CrashFileTest, BeginsAtZeroInTheNextPass) {
  journal.publish({.pass = 2, .records = 9});
  CrashFile file(journal, description);
  file.begin(3);
  EXPECT_EQ(file.next(), 0u);
  EXPECT_EQ(journal.last().pass, 3u);
  EXPECT_EQ(journal.last().records, 0u);
}

TEST_F(CrashFileTest, CountsWhatIsBelowItsLevelAsWritten) {
  description.level_min = Level::warn;
  CrashFile file(journal, description);
  file.begin(1);
  add(file, "no", Level::info);
  add(file, "yes", Level::warn);
  add(file, "no", Level::info);
  file.flush();
  EXPECT_EQ(text(), "before\nyes\n");
  EXPECT_EQ(journal.last().records, 3u);
}

TEST_F(CrashFileTest, WritesALineThatIsLongerThanItsBlock) {
  CrashFile file(journal, description);
  file.begin(1);
  const std::string lines[] = {"a", std::string(999, 'b'), std::string(99, 'c'), "d"};
  std::string want = "before\n";
  for (const std::string& line : lines) {
    add(file, line);
    want += line + "\n";
  }
  file.flush();
  EXPECT_EQ(text(), want);
  EXPECT_EQ(file.written(), 4u);
  EXPECT_EQ(journal.last().partial_bytes, 0u);
}

TEST_F(CrashFileTest, EndsBeforeALineThatItHasNoRoomFor) {
  CrashFile file(journal, description);
  file.begin(1);
  add(file, "one");
  add(file, std::string(20'000, 'x'));
  add(file, "three");
  EXPECT_FALSE(file.is_writing());
  EXPECT_EQ(text(), "before\none\n");
  EXPECT_EQ(journal.last().records, 1u);
}

TEST_F(CrashFileTest, LeavesAloneWhatItDoesNotUnderstand) {
  const auto is_left = [&] {
    const std::string before = text();
    const FileJournalEntry entry = journal.last();
    CrashFile file(journal, description);
    file.begin(1);
    add(file, "x");
    file.flush();
    return !file.is_writing() && text() == before && journal.last() == entry;
  };
  description.is_shared = true;
  EXPECT_TRUE(is_left()) << "shared";
  description.is_shared = false;

  const JournaledFile right = journal.file();
  journal.set_file({.descriptor = -1, .device = right.device, .inode = right.inode});
  EXPECT_TRUE(is_left()) << "no descriptor";
  journal.set_file(
      {.descriptor = right.descriptor, .device = right.device, .inode = right.inode + 1});
  EXPECT_TRUE(is_left()) << "another file";
  journal.set_file(right);

  journal.publish({.pass = 1, .records = 2, .partial_bytes = 3});
  EXPECT_TRUE(is_left()) << "a line that is begun";

  begin_write("line\n", 0, {.pass = 1});
  dir.write("log", "");
  EXPECT_TRUE(is_left()) << "truncated";

  dir.write("log", "before\n");
  begin_write("line\n", 0, {.pass = 1});
  dir.write("log", "before\nother");
  EXPECT_TRUE(is_left()) << "something else was written";

  journal.publish({.pass = 1});
  dir.write("log", "before");
  EXPECT_TRUE(is_left()) << "torn by somebody else";
}

TEST_F(CrashFileTest, LeavesATrueJournalWhereAWriteFails) {
  const Ended ended = end_of([&] {
    if (::signal(SIGXFSZ, SIG_IGN) == SIG_ERR) ::_exit(100);
    const rlimit limit{10, 10};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(101);
    CrashFile file(journal, description);
    file.begin(1);
    add(file, "12345");
    file.flush();
    const FileJournalEntry left = journal.last();
    const bool is_true = !file.is_writing() && file.written() == 0 && left.records == 1 &&
                         left.size_bytes == 10 && left.block_begin == 3 && left.block_bytes == 3;
    ::_exit(is_true ? 0 : 102);
  });
  EXPECT_EQ(ended.exit_code(), 0);
  EXPECT_EQ(text(), "before\n123");
}

TEST_F(CrashFileTest, ShowsLocalTimeAsItWasAhead) {
  description.pattern = "{time:%H:%M:%S %z}";
  CrashFile file(journal, description);
  file.begin(1);
  Record at_noon = record("");
  at_noon.time = WallTime(std::chrono::hours(12));
  file.add(at_noon, room);
  file.flush();
  EXPECT_EQ(text(), "before\n12:00:00 +0000\n");
}

}  // namespace
}  // namespace lathe
