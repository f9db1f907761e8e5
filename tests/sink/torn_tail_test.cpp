// SPDX-License-Identifier: MIT
//
// A file whose last line was cut short, and one whose descriptor somebody has closed.

#include "sink/torn_tail.hpp"

#include "rotating_file_fixture.hpp"

namespace lathe {
namespace {

class TornTailTest : public RotatingFileFixture {
 protected:
  static RotatingFileOptions with_end(const std::string& line_end) {
    RotatingFileOptions options = plain_options();
    options.line_end = line_end;
    return options;
  }
};

TEST_F(TornTailTest, ALineThatWasCutShortGetsItsOwnEndOnce) {
  struct Case {
    const char* name;
    std::string before, line_end, want;
  };
  const Case cases[] = {
      {"whole", "old\n", "\n", "old\none\ntwo\n"},
      {"torn", "old\nto", "\n", "old\nto\none\ntwo\n"},
      {"a single byte", "t", "\n", "t\none\ntwo\n"},
      {"zeros after a power cut", std::string("old\n\0\0", 6), "\n",
       std::string("old\n\0\0\none\ntwo\n", 15)},
      {"torn within its end", "old\r", "\r\n", "old\r\none\r\ntwo\r\n"},
      {"torn before a longer end", "old", "\r\n", "old\r\none\r\ntwo\r\n"},
      {"an end that looks like text", "ab-ab", "ab",
       "ab-abone"
       "ab"
       "two"
       "ab"},
      {"shorter than its end", "-", "----", "----one----two----"},
      {"messages bring their own ends", "old", "", "oldonetwo"},
      {"empty", "", "\n", "one\ntwo\n"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    fs = FakeFileSystem();
    (void)fs.make_directory("logs");
    fs.put("logs/app.log", c.before);
    for (const char* text : {"one", "two"}) {  // the second one is another run of the program
      open(with_end(c.line_end));
      EXPECT_FALSE(log(text));
      sink.reset();
    }
    EXPECT_EQ(active(), c.want);
  }
}

TEST_F(TornTailTest, ItIsToldOnce) {
  fs.put("logs/app.log", "torn");
  open(plain_options());
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(log("one"));
  EXPECT_EQ(host.told_about("its last line was cut short"), 1U);
}

TEST_F(TornTailTest, TheEndIsWrittenInSpiteOfErrors) {
  fs.put("logs/app.log", "torn");
  open(with_end("\r\n"));
  fs.shorten_write(1, 1);
  fs.fail(Call::write, 2, std::errc::no_space_on_device);
  EXPECT_TRUE(log("one"));
  EXPECT_FALSE(sink->flush());
  EXPECT_EQ(active(), "torn\r\none\r\n");
}

TEST_F(TornTailTest, AFileThatCannotBeReadGetsAnEndInAnyCaseAndThatIsTold) {
  for (const Call call : {Call::open_source, Call::read, Call::skip, Call::source_status}) {
    fs.put("logs/app.log", "old\nto");
    open(plain_options());
    fs.fail(call, 1, std::errc::permission_denied);
    EXPECT_FALSE(log("one"));
    EXPECT_EQ(active(), "old\nto\none\n");
    sink.reset();
    fs.erase("logs/app.log");
  }
  EXPECT_EQ(host.told_about("to see whether its last line has an end"), 4U);
}

TEST_F(TornTailTest, ABackupKeepsItsLastLineAsItIs) {
  fs.put("logs/app.log", "torn");
  RotatingFileOptions options = plain_options();
  options.rotation.on_open = true;
  open(options);
  EXPECT_FALSE(log("one"));
  EXPECT_EQ(fs.read("logs/" + backups().at(0)), "torn");
  EXPECT_EQ(active(), "one\n");
}

TEST_F(TornTailTest, InASharedFileOnlyWhoHasTheTurnEndsALine) {
  RotatingFileOptions options = plain_options();
  options.ownership = Ownership::shared;
  open(options);
  EXPECT_FALSE(log("one"));
  const auto opened = fs.open_directory("logs");
  const LockFileResult other = opened.directory->open_lock(".app.log.turn", 0600);
  EXPECT_FALSE(other.file->acquire(false));
  fs.node("logs/app.log").content += "half a li";  // by a process that is just writing

  EXPECT_TRUE(log("two"));
  EXPECT_EQ(active(), "one\nhalf a li");
  fs.node("logs/app.log").content += "ne\n";
  other.file->release();
  EXPECT_FALSE(sink->flush());
  EXPECT_EQ(active(), "one\nhalf a line\ntwo\n");

  fs.node("logs/app.log").content += "half a li";  // by one that is killed now
  EXPECT_FALSE(log("three"));
  EXPECT_EQ(active(), "one\nhalf a line\ntwo\nhalf a li\nthree\n");
}

class ClosedDescriptorTest : public RotatingFileFixture {};

TEST_F(ClosedDescriptorTest, IsOpenedAgainAndWritingGoesOnAtTheByte) {
  open(plain_options());
  EXPECT_FALSE(log("one"));
  fs.shorten_write(1, 2);
  fs.fail(Call::write, 2, std::errc::bad_file_descriptor);

  EXPECT_EQ(log("two"), std::errc::bad_file_descriptor);
  fs.clear_trace();
  EXPECT_FALSE(sink->flush());
  EXPECT_EQ(active(), "one\ntwo\n");
  EXPECT_EQ(host.told_about("somebody in this program has closed its descriptor"), 1U);

  sink.reset();
  EXPECT_EQ(fs.count_in_trace("close app.log"), 1U) << "never the old one";
  EXPECT_EQ(fs.open_files(), 0);
}

// It could not be synced by the descriptor that wrote it.
TEST_F(ClosedDescriptorTest, WhatWasNotSyncedIsWrittenAgain) {
  open(plain_options());
  EXPECT_FALSE(log("one"));
  fs.fail(Call::write, 1, std::errc::bad_file_descriptor);
  EXPECT_TRUE(log("two"));
  EXPECT_FALSE(sink->flush());
  sink->tick();

  EXPECT_EQ(sink->stats().records_durable, 2U);
  EXPECT_EQ(without_repeats(active()), "one\ntwo\n");
}

TEST_F(ClosedDescriptorTest, IsTriedAgainAsLongAsTheFileCannotBeOpened) {
  open(plain_options());
  EXPECT_FALSE(log("one"));
  fs.fail(Call::write, 1, std::errc::bad_file_descriptor);
  fs.fail(Call::open, 1, std::errc::too_many_files_open);
  EXPECT_TRUE(log("two"));
  EXPECT_EQ(sink->flush(), std::errc::bad_file_descriptor);
  EXPECT_FALSE(sink->flush());
  EXPECT_EQ(without_repeats(active()), "one\ntwo\n");
}

TEST_F(ClosedDescriptorTest, ASyncThatFindsItClosedClosesItNotAgain) {
  open(plain_options());
  EXPECT_FALSE(log("one"));
  fs.fail(Call::sync_data, 1, std::errc::bad_file_descriptor);
  EXPECT_TRUE(sink->sync());
  EXPECT_FALSE(log("two"));
  EXPECT_EQ(without_repeats(all_text()), "one\ntwo\n");
  sink.reset();
  EXPECT_EQ(fs.open_files(), 0);
}

}  // namespace
}  // namespace lathe
