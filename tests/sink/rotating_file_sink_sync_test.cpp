// SPDX-License-Identifier: MIT

#include "rotating_file_fixture.hpp"

namespace lathe {
namespace {

class RotatingFileSinkSyncTest : public RotatingFileFixture {
 protected:
  static RotatingFileOptions with_sync(const SyncOptions& sync) {
    RotatingFileOptions options = plain_options();
    options.sync = sync;
    return options;
  }

  static SyncOptions no_policy() { return plain_options().sync; }

  [[nodiscard]] std::size_t syncs() const { return fs.count_in_trace("sync "); }

  // What survives a power cut now.
  std::string durable_text() {
    fs.crash();
    return all_text();
  }
};

TEST_F(RotatingFileSinkSyncTest, SyncsNothingWithoutAPolicy) {
  open(plain_options());

  EXPECT_FALSE(log("one"));
  clock.advance(1h);
  sink->tick();

  EXPECT_EQ(syncs(), 0U);
}

TEST_F(RotatingFileSinkSyncTest, SyncsAQuietLogWhenTheIntervalHasPassed) {
  SyncOptions sync = no_policy();
  sync.interval = 1s;
  open(with_sync(sync));

  EXPECT_FALSE(log("one"));
  EXPECT_EQ(syncs(), 0U);
  clock.advance(1s);
  sink->tick();

  EXPECT_EQ(syncs(), 1U);
  EXPECT_EQ(sink->stats().syncs, 1U);
  EXPECT_EQ(host.sync_times().size(), 1U);
  EXPECT_EQ(durable_text(), "one\n");
}

TEST_F(RotatingFileSinkSyncTest, SyncsAfterSoManyBytes) {
  SyncOptions sync = no_policy();
  sync.bytes_max = 10;
  open(with_sync(sync));

  EXPECT_FALSE(log("four"));
  EXPECT_EQ(syncs(), 0U);
  EXPECT_FALSE(log("four"));

  EXPECT_EQ(syncs(), 1U);
}

TEST_F(RotatingFileSinkSyncTest, SyncsAfterASevereRecord) {
  SyncOptions sync = no_policy();
  sync.level_min = Level::error;
  open(with_sync(sync));

  EXPECT_FALSE(log("mild", Level::warn));
  EXPECT_EQ(syncs(), 0U);
  EXPECT_FALSE(log("severe", Level::critical));
  EXPECT_EQ(syncs(), 1U);
  EXPECT_FALSE(log("mild", Level::warn));

  EXPECT_EQ(syncs(), 1U);
}

TEST_F(RotatingFileSinkSyncTest, FindsTheSevereRecordInTheMiddleOfABatch) {
  SyncOptions sync = no_policy();
  sync.level_min = Level::error;
  open(with_sync(sync));

  write("mild", Level::warn);
  write("severe", Level::error);
  EXPECT_FALSE(log("mild", Level::warn));

  EXPECT_EQ(syncs(), 1U);
}

TEST_F(RotatingFileSinkSyncTest, SyncsEveryBatch) {
  SyncOptions sync = no_policy();
  sync.every_batch = true;
  open(with_sync(sync));

  for (int i = 0; i < 3; ++i) EXPECT_FALSE(log("one"));

  EXPECT_EQ(syncs(), 3U);
}

TEST_F(RotatingFileSinkSyncTest, SyncsARotatedFileBeforeClosingIt) {
  SyncOptions sync = no_policy();
  sync.on_rotate = true;
  open(with_sync(sync));
  EXPECT_FALSE(log("one"));
  fs.clear_trace();

  EXPECT_FALSE(sink->rotate());

  const std::vector<std::string> want{"stat app.log",
                                      "stat .app.log.next",
                                      "rename app.log app.log.20261122_135033",
                                      "rename .app.log.next app.log",
                                      "open .app.log.next",
                                      "fstat .app.log.next",
                                      "stat .app.log.next",
                                      "sync app.log",
                                      "sync-directory",
                                      "close app.log"};
  EXPECT_EQ(fs.trace(), want);
  EXPECT_EQ(durable_text(), "one\n");
}

TEST_F(RotatingFileSinkSyncTest, SyncsOnlyOnTheJanitor) {
  host.set_mode(InlineSinkHost::Mode::when_told);
  SyncOptions sync = no_policy();
  sync.every_batch = true;
  sync.on_rotate = true;
  open(with_sync(sync));

  EXPECT_FALSE(log("one"));
  EXPECT_FALSE(sink->rotate());
  sink->tick();
  EXPECT_EQ(syncs(), 0U);
  EXPECT_EQ(fs.count_in_trace("close"), 0U);

  host.run_all();
  EXPECT_GE(syncs(), 1U);
  EXPECT_EQ(durable_text(), "one\n");
}

TEST_F(RotatingFileSinkSyncTest, HasOneSyncInFlightAndOneThatFollows) {
  host.set_mode(InlineSinkHost::Mode::when_told);
  SyncOptions sync = no_policy();
  sync.every_batch = true;
  open(with_sync(sync));
  host.run_all();

  for (int i = 0; i < 5; ++i) EXPECT_FALSE(log("one"));
  EXPECT_EQ(host.pending(), 1U);
  host.run_all();

  EXPECT_EQ(syncs(), 2U);
}

TEST_F(RotatingFileSinkSyncTest, SyncsTheDirectoryOnlyWhenANameIsNew) {
  open(plain_options());
  EXPECT_FALSE(log("one"));

  EXPECT_FALSE(sink->sync());
  EXPECT_FALSE(sink->sync());
  EXPECT_EQ(fs.count_in_trace("sync-directory"), 1U);
  EXPECT_FALSE(sink->rotate());
  EXPECT_FALSE(sink->sync());

  EXPECT_EQ(fs.count_in_trace("sync-directory"), 2U);
}

TEST_F(RotatingFileSinkSyncTest, SyncCoversWhatIsBuffered) {
  open(plain_options());
  write("one");

  EXPECT_FALSE(sink->sync());

  EXPECT_EQ(durable_text(), "one\n");
}

TEST_F(RotatingFileSinkSyncTest, SyncCoversRotatedFilesThatNoPolicySyncs) {
  open(plain_options());
  for (const char* text : {"one", "two", "three"}) {
    EXPECT_FALSE(log(text));
    EXPECT_FALSE(sink->rotate());
  }
  EXPECT_EQ(syncs(), 0U);

  EXPECT_FALSE(sink->sync());

  EXPECT_EQ(fs.open_files(), 2);  // the active and the next file; the others are closed now
  EXPECT_EQ(durable_text(), "one\ntwo\nthree\n");
}

TEST_F(RotatingFileSinkSyncTest, SyncCoversRotatedFilesThatStillWaitForTheJanitor) {
  SyncOptions sync = no_policy();
  sync.on_rotate = true;
  open(with_sync(sync));
  host.set_mode(InlineSinkHost::Mode::when_told);
  EXPECT_FALSE(log("one"));
  EXPECT_FALSE(sink->rotate());
  EXPECT_FALSE(log("two"));

  EXPECT_FALSE(sink->sync());

  EXPECT_EQ(durable_text(), "one\ntwo\n");
}

// The sync that is under way covers a part of the file only.
TEST_F(RotatingFileSinkSyncTest, SyncCoversAFileThatWasRotatedDuringTheSyncBefore) {
  host.set_mode(InlineSinkHost::Mode::when_told);
  open(plain_options());
  host.run_all();
  EXPECT_FALSE(log("one"));
  sink->start_sync([](std::error_code) {});
  EXPECT_TRUE(host.run_work());
  EXPECT_FALSE(log("two"));
  EXPECT_FALSE(sink->rotate());
  host.run_all();

  EXPECT_FALSE(sink->sync());

  EXPECT_EQ(durable_text(), "one\ntwo\n");
}

TEST_F(RotatingFileSinkSyncTest, SyncsTheOldestFileWhenTooManyAreHeldOpen) {
  open(plain_options());
  constexpr std::size_t kRotations = SyncLedger::kHeldFilesMax + 3;

  for (std::size_t i = 0; i < kRotations; ++i) {
    EXPECT_FALSE(log("one"));
    EXPECT_FALSE(sink->rotate());
  }

  EXPECT_EQ(syncs(), 3U);
  EXPECT_EQ(fs.open_files(), static_cast<int>(SyncLedger::kHeldFilesMax) + 2);
  sink.reset();
  EXPECT_EQ(fs.open_files(), 0);
}

TEST_F(RotatingFileSinkSyncTest, StartSyncAnswersOnceAfterTheSync) {
  host.set_mode(InlineSinkHost::Mode::when_told);
  open(plain_options());
  host.run_all();
  write("one");
  int answers = 0;
  std::error_code answer = std::make_error_code(std::errc::interrupted);

  sink->start_sync([&](std::error_code error) {
    ++answers;
    answer = error;
  });
  EXPECT_EQ(answers, 0);
  host.run_all();

  EXPECT_EQ(answers, 1);
  EXPECT_FALSE(answer);
  EXPECT_EQ(durable_text(), "one\n");
}

TEST_F(RotatingFileSinkSyncTest, AStartSyncDuringASyncGetsItsOwn) {
  host.set_mode(InlineSinkHost::Mode::when_told);
  open(plain_options());
  host.run_all();
  std::vector<std::string> order;
  write("one");
  sink->start_sync([&](std::error_code) { order.push_back("first"); });
  EXPECT_TRUE(host.run_work());  // has synced "one" only
  write("two");
  sink->start_sync([&](std::error_code) { order.push_back("second"); });
  EXPECT_EQ(host.pending(), 0U);  // one at a time

  host.run_completions();
  EXPECT_EQ(order, std::vector<std::string>{"first"});
  host.run_all();

  EXPECT_EQ(order, (std::vector<std::string>{"first", "second"}));
  EXPECT_EQ(durable_text(), "one\ntwo\n");
}

TEST_F(RotatingFileSinkSyncTest, ManyWhoWaitShareTheNextSync) {
  host.set_mode(InlineSinkHost::Mode::when_told);
  open(plain_options());
  host.run_all();
  int answers = 0;
  const auto log_and_wait = [&] {
    EXPECT_FALSE(log("one"));
    sink->start_sync([&](std::error_code error) { answers += error ? 0 : 1; });
  };

  for (int i = 0; i < 10; ++i) log_and_wait();
  host.run_all();

  EXPECT_EQ(answers, 10);
  EXPECT_EQ(syncs(), 2U) << "one that had begun, and one for all others";
}

TEST_F(RotatingFileSinkSyncTest, WhoWaitsJoinsThePolicysSyncIfItCoversEverything) {
  host.set_mode(InlineSinkHost::Mode::when_told);
  SyncOptions sync = no_policy();
  sync.level_min = Level::error;
  open(with_sync(sync));
  host.run_all();
  EXPECT_FALSE(log("severe", Level::error));  // begins one
  int answers = 0;

  sink->start_sync([&](std::error_code error) { answers += error ? 0 : 1; });
  host.run_all();

  EXPECT_EQ(answers, 1);
  EXPECT_EQ(syncs(), 1U);
  EXPECT_EQ(durable_text(), "severe\n");
}

TEST_F(RotatingFileSinkSyncTest, SyncsAtItsEndIfThereIsAPolicy) {
  SyncOptions sync = no_policy();
  sync.interval = 1h;
  open(with_sync(sync));
  write("one");

  sink.reset();

  EXPECT_EQ(durable_text(), "one\n");
}

}  // namespace
}  // namespace lathe
