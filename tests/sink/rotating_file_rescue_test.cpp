// SPDX-License-Identifier: MIT
//
// RotatingFileSink after a failed sync: the records that it may have cost are written once more.

#include <sstream>

#include "rotating_file_fixture.hpp"

namespace lathe {
namespace {

class RotatingFileRescueTest : public RotatingFileFixture {
 protected:
  [[nodiscard]] std::uint64_t durable() const { return sink->stats().records_durable.value(); }

  // What survives a power cut now.
  [[nodiscard]] std::string durable_text() {
    fs.crash();
    return all_text();
  }

  static std::size_t count_of(const std::string& text, const std::string& line) {
    std::size_t count = 0;
    std::istringstream lines(text);
    for (std::string each; std::getline(lines, each);) count += each == line;
    return count;
  }
};

TEST_F(RotatingFileRescueTest, WritesAgainAndSyncsWhatAFailedSyncMayHaveLost) {
  open(plain_options());
  EXPECT_FALSE(log("one"));
  fs.fail(Call::sync_data, 1, std::errc::io_error);

  EXPECT_EQ(sink->sync(), std::errc::io_error);

  EXPECT_EQ(active(),
            "sync of app.log.20261122_135033 failed: Input/output error; what follows is in it, "
            "too, and is written again; records: 1\none\n");
  EXPECT_EQ(fs.read("logs/" + backups().at(0)), "one\n");
  EXPECT_EQ(durable(), 1U) << "synced by itself, without a policy";
  EXPECT_EQ(sink->stats().records_at_risk, 0U);
  EXPECT_EQ(count_of(durable_text(), "one"), 1U);
}

TEST_F(RotatingFileRescueTest, PutsThemBeforeWhatWasLoggedSince) {
  host.set_mode(InlineSinkHost::Mode::when_told);
  open(plain_options());
  host.run_all();
  fs.fail(Call::sync_data, 1, std::errc::io_error);
  EXPECT_FALSE(log("one"));
  sink->start_sync([](std::error_code) {});
  EXPECT_TRUE(host.run_work());
  EXPECT_FALSE(log("two"));  // during the sync
  write("three");            // still in memory

  host.run_completions();
  EXPECT_FALSE(sink->flush());

  EXPECT_TRUE(active().ends_with(" records: 2\none\ntwo\nthree\n")) << active();
}

TEST_F(RotatingFileRescueTest, WritesAgainWhatARotatedFileMayHaveLost) {
  host.set_mode(InlineSinkHost::Mode::when_told);
  RotatingFileOptions options = plain_options();
  options.sync.on_rotate = true;
  open(options);
  host.run_all();
  EXPECT_FALSE(log("one"));
  EXPECT_FALSE(sink->rotate());
  EXPECT_FALSE(log("two"));
  fs.fail(Call::sync_data, 1, std::errc::io_error);

  host.run_all();

  EXPECT_EQ(backups().size(), 1U) << "the active file is a good one";
  EXPECT_TRUE(active().starts_with("two\nsync of app.log.20261122_135033 failed")) << active();
  EXPECT_TRUE(active().ends_with("\none\n"));
  EXPECT_EQ(durable(), 2U);
  EXPECT_EQ(count_of(durable_text(), "one"), 1U);
}

TEST_F(RotatingFileRescueTest, NamesEachFileThatIsNotToBeTrusted) {
  host.set_mode(InlineSinkHost::Mode::when_told);
  RotatingFileOptions options = plain_options();
  options.sync.on_rotate = true;
  open(options);
  host.run_all();
  for (const char* text : {"one", "two"}) {
    EXPECT_FALSE(log(text));
    EXPECT_FALSE(sink->rotate());
  }
  fs.fail(Call::sync_data, 1, std::errc::io_error);
  fs.fail(Call::sync_data, 2, std::errc::io_error);
  while (host.run_work()) {
  }

  host.run_completions();
  host.run_all();
  clock.advance(2s);  // the second of them is not written again before
  sink->tick();

  const std::string text = all_text();
  EXPECT_EQ(count_of(text, "one"), 2U) << text;
  EXPECT_EQ(count_of(text, "two"), 2U) << text;
  for (const std::string& name : {backups().at(0), backups().at(1)}) {
    EXPECT_NE(text.find("sync of " + name + " failed"), std::string::npos) << text;
  }
}

TEST_F(RotatingFileRescueTest, NamesAllOfThemWhereTheyAreWrittenAgainTogether) {
  host.set_mode(InlineSinkHost::Mode::when_told);
  RotatingFileOptions options = plain_options();
  options.sync.on_rotate = true;
  open(options);
  host.run_all();
  fs.fail_from(Call::sync_data, 1, std::errc::io_error);
  for (const char* text : {"one", "two", "three"}) {
    EXPECT_FALSE(log(text));
    EXPECT_FALSE(sink->rotate());
    host.run_all();
  }
  fs.heal();

  clock.advance(1min);
  sink->tick();
  host.run_all();

  const std::string names = backups().at(1) + ", " + backups().at(2) + ", " + backups().at(3);
  EXPECT_NE(all_text().find("sync of " + names + " failed"), std::string::npos) << all_text();
}

TEST_F(RotatingFileRescueTest, DoesNotRepeatWhatAnEarlierSyncHasCovered) {
  open(plain_options());
  EXPECT_FALSE(log("one"));
  EXPECT_FALSE(sink->sync());
  EXPECT_FALSE(log("two"));
  fs.fail(Call::sync_data, 1, std::errc::io_error);

  EXPECT_TRUE(sink->sync());

  EXPECT_EQ(count_of(active(), "one"), 0U);
  EXPECT_EQ(count_of(active(), "two"), 1U);
}

TEST_F(RotatingFileRescueTest, CountsExactlyWhatItHasNotKept) {
  RotatingFileOptions options = plain_options();
  options.sync.retain_bytes_max = 11;
  open(options);
  for (const char* text : {"one", "two", "three"}) EXPECT_FALSE(log(text));
  fs.fail(Call::sync_data, 1, std::errc::io_error);

  EXPECT_TRUE(sink->sync());

  EXPECT_EQ(active(), "") << "twelve... fourteen bytes were too many";
  EXPECT_EQ(sink->stats().records_at_risk, 3U);
  EXPECT_EQ(host.told_about("3 records (14 bytes) may be lost"), 1U);
  EXPECT_EQ(durable(), 0U);
  EXPECT_FALSE(log("four"));
  EXPECT_FALSE(sink->sync());
  EXPECT_EQ(durable(), 1U) << "those at risk are never counted";
}

TEST_F(RotatingFileRescueTest, KeepsWhatAnOlderSyncCoversWhenTheRestIsTooMuch) {
  host.set_mode(InlineSinkHost::Mode::when_told);
  RotatingFileOptions options = plain_options();
  options.sync.retain_bytes_max = 8;
  open(options);
  host.run_all();
  EXPECT_FALSE(log("one"));
  fs.fail(Call::sync_data, 1, std::errc::io_error);
  sink->start_sync([](std::error_code) {});
  EXPECT_FALSE(log("eleven bytes"));

  host.run_all();

  EXPECT_EQ(count_of(active(), "one"), 1U);
  EXPECT_EQ(count_of(active(), "eleven bytes"), 0U);
  EXPECT_EQ(sink->stats().records_at_risk, 1U);
}

TEST_F(RotatingFileRescueTest, KeepsAgainAfterASyncThatSucceeded) {
  RotatingFileOptions options = plain_options();
  options.sync.retain_bytes_max = 4;
  open(options);
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(log("one"));
    EXPECT_FALSE(sink->sync());
  }
  fs.fail(Call::sync_data, 1, std::errc::io_error);
  EXPECT_FALSE(log("two"));

  EXPECT_TRUE(sink->sync());

  EXPECT_EQ(count_of(active(), "two"), 1U);
  EXPECT_EQ(sink->stats().records_at_risk, 0U);
}

TEST_F(RotatingFileRescueTest, WaitsUntilTheSuspectFileCanBeLeft) {
  open(plain_options());
  EXPECT_FALSE(log("one"));
  fs.fail(Call::sync_data, 1, std::errc::io_error);
  fs.fail_from(Call::rename, 1, std::errc::io_error);
  EXPECT_TRUE(sink->sync());
  EXPECT_FALSE(log("two"));
  EXPECT_TRUE(sink->sync());
  EXPECT_EQ(durable(), 0U);

  fs.heal();
  clock.advance(1min);
  sink->tick();

  EXPECT_TRUE(active().ends_with(" records: 2\none\ntwo\n")) << active();
  EXPECT_EQ(durable(), 2U);
}

TEST_F(RotatingFileRescueTest, IsItselfAsGoodAsAnyWriteWhenTheDiskIsFull) {
  open(plain_options());
  for (const char* text : {"one", "two"}) EXPECT_FALSE(log(text));
  fs.fail(Call::sync_data, 1, std::errc::io_error);
  fs.shorten_write(1, 50);
  fs.fail(Call::write, 2, std::errc::no_space_on_device);
  EXPECT_TRUE(sink->sync());
  EXPECT_TRUE(sink->wants_retry());

  EXPECT_FALSE(sink->flush());
  sink->tick();

  EXPECT_EQ(count_of(active(), "one"), 1U);
  EXPECT_EQ(count_of(active(), "two"), 1U);
  EXPECT_EQ(durable(), 2U);
}

TEST_F(RotatingFileRescueTest, RespectsTheLimitOfAFileAndBeginsWithItsHeader) {
  RotatingFileOptions options = plain_options();
  options.rotation.size_bytes_max = 200;
  options.header = "# header";
  options.sync.interval = 1h;
  open(options);
  std::string want;
  for (int i = 0; i < 4; ++i) {
    EXPECT_FALSE(log(line('a', 45)));
    want += line('a', 45) + "\n";
  }
  fs.fail(Call::sync_data, 1, std::errc::io_error);

  EXPECT_TRUE(sink->sync());

  std::string again;
  for (std::size_t i = 1; i < backups().size(); ++i) again += fs.read("logs/" + backups()[i]);
  again += active();
  EXPECT_TRUE(again.starts_with("# header\nsync of ")) << again;
  EXPECT_EQ(count_of(again, line('a', 45)), 4U);
  for (const std::string& name : backups()) EXPECT_LE(fs.read("logs/" + name).size(), 200U);
}

TEST_F(RotatingFileRescueTest, TellsAtTheEndWhatCouldNotBeWrittenAgain) {
  RotatingFileOptions options = plain_options();
  options.sync.interval = 1h;
  open(options);
  EXPECT_FALSE(log("one"));
  fs.fail(Call::sync_data, 1, std::errc::io_error);
  fs.fail_from(Call::rename, 1, std::errc::io_error);

  sink.reset();

  EXPECT_EQ(host.told_about("1 records (4 bytes) may be lost"), 1U);
}

// Any single call fails, then all is well: every record is on the device in the end.
TEST_F(RotatingFileRescueTest, PausesWhereNoSyncWorksThoughFilesAreRotatedForIt) {
  RotatingFileOptions options = plain_options();
  options.rotation.size_bytes_max = 100;
  options.sync.on_rotate = true;
  host.set_mode(InlineSinkHost::Mode::when_told);
  open(options);
  host.run_all();
  fs.fail_from(Call::sync_data, 1, std::errc::io_error);
  for (int i = 0; i < 6; ++i) EXPECT_FALSE(log("record " + std::to_string(i) + line('.', 50)));
  constexpr int kWorksMax = 200;
  const auto run = [&] {
    int works = 0;
    while (host.run_work() && ++works < kWorksMax) host.run_completions();
    EXPECT_LT(works, kWorksMax) << "there is always more to do";
  };
  run();
  const std::size_t syncs = fs.count_in_trace("sync ");
  clock.advance(2s);
  sink->tick();
  run();
  EXPECT_GT(fs.count_in_trace("sync "), syncs) << "tried again after a while";

  fs.heal();
  clock.advance(2min);
  sink->tick();
  run();
  (void)sink->sync();  // still tells of the failure
  EXPECT_FALSE(sink->sync());
  EXPECT_EQ(durable(), 6U);
}

TEST_F(RotatingFileRescueTest, LosesNothingWhicheverCallFails) {
  std::uint64_t nth = 1;
  for (bool was_met = true; was_met; ++nth) {
    SCOPED_TRACE(nth);
    fs = FakeFileSystem();
    (void)fs.make_directory("logs");
    RotatingFileOptions options = plain_options();
    options.rotation.size_bytes_max = 100;
    options.sync = {.interval = 1s, .on_rotate = true};
    open(options);
    fs.fail_any(nth, std::errc::io_error);
    for (int i = 0; i < 8; ++i) {
      (void)log("record " + std::to_string(i) + std::string(20, '.'));
      clock.advance(400ms);
      sink->tick();
    }
    was_met = fs.faults_met() > 0;
    fs.heal();
    clock.advance(2min);
    EXPECT_FALSE(sink->flush());
    sink->tick();
    (void)sink->sync();  // may still tell of the failure
    EXPECT_FALSE(sink->sync());
    EXPECT_EQ(durable(), host.position());

    const std::string text = durable_text();
    for (int i = 0; i < 8; ++i) {
      EXPECT_GE(count_of(text, "record " + std::to_string(i) + std::string(20, '.')), 1U) << text;
    }
    sink.reset();
    host.set_position(0);
  }
  EXPECT_GT(nth, 30U);
}

}  // namespace
}  // namespace lathe
