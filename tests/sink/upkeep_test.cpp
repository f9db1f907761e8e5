// SPDX-License-Identifier: MIT

#include "sink/upkeep.hpp"

#include "upkeep_fixture.hpp"

namespace lathe {
namespace {

class UpkeepTest : public UpkeepFixture {
 protected:
  UpkeepTest() {
    plan.directory = open_directory();
    plan.backups = names;
    plan.lock_name = ".app.log.upkeep";
    plan.clock = &clock;
    if (!compressions().empty()) compression = compressions().front();
  }

  void use_indexes() {
    names = std::make_shared<BackupNames>(indexed_names());
    plan.backups = names;
  }

  void use_hook(HookedDirectory::Hook before) {
    plan.directory = std::make_shared<HookedDirectory>(open_directory(), std::move(before));
  }

  // False, and the test is skipped, if this build has no compression at all.
  bool use_packing() {
    plan.compression = compression;
    return compression != Compression::none;
  }

  UpkeepOutcome run(bool may_pack = true, const std::vector<FileStatus>& own_open_files = {}) {
    UpkeepOutcome outcome = keep_up(plan, own_open_files, may_pack, stop.get_token());
    EXPECT_TRUE(outcome.is_complete);
    return outcome;
  }

  // Passes until there is nothing more to do at once.
  UpkeepOutcome run_all() {
    UpkeepOutcome outcome = run();
    for (int passes = 0; outcome.has_more && passes < 100; ++passes) outcome = run();
    return outcome;
  }

  [[nodiscard]] std::string link_target() { return fs.node("logs/app.log.latest").content; }

  UpkeepPlan plan;
  Compression compression = Compression::none;
  std::stop_source stop;
};

TEST_F(UpkeepTest, DoesNothingInAnEmptyDirectory) {
  (void)use_packing();
  plan.retention.count_max = 1;
  plan.latest_link = "app.log.latest";

  const UpkeepOutcome outcome = run();

  EXPECT_TRUE(outcome.pruned.empty());
  EXPECT_TRUE(outcome.failures.empty());
  EXPECT_FALSE(outcome.packed_one || outcome.pack_failed || outcome.has_more);
  EXPECT_TRUE(fs.names("logs").empty());
}

TEST_F(UpkeepTest, RemovesHalfFilesOfACrashAndNothingElse) {
  put(file(0), "plain");
  fs.put(path(names->make_temporary(file(0, Compression::gzip))), "half");
  fs.put(path(names->make_temporary(file(7, Compression::zstd))), "half");
  const std::vector<std::string> others{".app.log.lock", ".app.log.next", ".other.log.tmp"};
  for (const std::string& name : others) fs.put(path(name), "");

  EXPECT_TRUE(run().failures.empty());

  EXPECT_EQ(count_temporaries(), 1U);
  for (const std::string& name : others) EXPECT_TRUE(fs.exists(path(name))) << name;
  EXPECT_EQ(contents(), std::vector<std::string>{"plain"});
}

TEST_F(UpkeepTest, PrunesBeforeItPacks) {
  if (!use_packing()) GTEST_SKIP() << "no compression in this build";
  for (int n = 0; n < 5; ++n) put(file(n), std::to_string(n));
  plan.retention.count_max = 2;

  const UpkeepOutcome outcome = run();

  EXPECT_EQ(outcome.pruned.size(), 3U);
  EXPECT_EQ(fs.count_in_trace("open-source"), 1U);
  EXPECT_EQ(contents(), (std::vector<std::string>{"3", "4"}));
}

TEST_F(UpkeepTest, PacksOneBackupEachPassTheOldestFirst) {
  if (!use_packing()) GTEST_SKIP() << "no compression in this build";
  for (int n = 0; n < 3; ++n) put(file(n), std::to_string(n));

  for (int n = 0; n < 3; ++n) {
    const UpkeepOutcome outcome = run();
    EXPECT_TRUE(outcome.packed_one);
    EXPECT_TRUE(exists(file(n, compression)) && !exists(file(n)));
    EXPECT_EQ(outcome.pending, static_cast<std::uint64_t>(2 - n));
    EXPECT_EQ(outcome.has_more, n < 2);
  }
  EXPECT_FALSE(run().packed_one);
  EXPECT_EQ(contents(), (std::vector<std::string>{"0", "1", "2"}));
}

TEST_F(UpkeepTest, KeepsTheNewestPlainAndCountsEachBackupOnce) {
  if (!use_packing()) GTEST_SKIP() << "no compression in this build";
  for (int n = 0; n < 4; ++n) put(file(n), std::to_string(n));
  put(file(3, compression), packed("3", compression));
  plan.keep_plain = 2;

  EXPECT_EQ(run_all().pending, 0U);

  EXPECT_EQ(backup_names(),
            (std::vector{names->make(file(0, compression)), names->make(file(1, compression)),
                         names->make(file(2)), names->make(file(3, compression))}));
}

TEST_F(UpkeepTest, CountsWhatWaitsButPacksNothingIfItMayNot) {
  if (!use_packing()) GTEST_SKIP() << "no compression in this build";
  for (int n = 0; n < 3; ++n) put(file(n), std::to_string(n));
  plan.keep_plain = 1;

  fs.clear_trace();

  const UpkeepOutcome outcome = run(false);

  EXPECT_EQ(outcome.pending, 2U);
  EXPECT_FALSE(outcome.has_more);
  EXPECT_EQ(fs.trace(), std::vector<std::string>{"list"});
}

TEST_F(UpkeepTest, PacksNoBackupOfOursThatIsStillOpen) {
  if (!use_packing()) GTEST_SKIP() << "no compression in this build";
  put(file(0), "syncing");
  put(file(1), "closed");
  const OpenResult own = plan.directory->open(names->make(file(0)), OpenMode::append_or_create, 0);
  const std::vector<FileStatus> own_open_files{own.file->status().status};

  const UpkeepOutcome outcome = run(true, own_open_files);

  EXPECT_TRUE(exists(file(0)));
  EXPECT_TRUE(exists(file(1, compression)));
  EXPECT_EQ(outcome.pending, 1U);
  EXPECT_FALSE(outcome.has_more);  // before somebody closes it
  EXPECT_FALSE(run().packed_one);  // though nobody has told that it is ours
  EXPECT_FALSE(own.file->close());
  EXPECT_TRUE(run().packed_one);
}

TEST_F(UpkeepTest, StopsBeforeTheNextStep) {
  if (!use_packing()) GTEST_SKIP() << "no compression in this build";
  for (int n = 0; n < 3; ++n) put(file(n), std::to_string(n));
  plan.retention.count_max = 1;
  stop.request_stop();

  const UpkeepOutcome outcome = run();

  EXPECT_TRUE(outcome.pruned.empty());
  EXPECT_FALSE(outcome.packed_one || outcome.pack_failed || outcome.has_more);
  EXPECT_EQ(fs.names("logs").size(), 3U);
}

TEST_F(UpkeepTest, FinishesTwoFormsFirstEvenIfPackingWasTurnedOff) {
  if (!use_packing()) GTEST_SKIP() << "no compression in this build";
  put(file(0), "older");
  put(file(1), "text");
  put(file(1, compression), packed("text", compression));
  plan.compression = Compression::none;

  const UpkeepOutcome outcome = run();

  EXPECT_TRUE(outcome.packed_one);
  EXPECT_FALSE(outcome.has_more);
  EXPECT_EQ(backup_names(), (std::vector{names->make(file(0)), names->make(file(1, compression))}));
}

TEST_F(UpkeepTest, GivesUpTwoFormsThatDifferAndTellsOnce) {
  if (!use_packing()) GTEST_SKIP() << "no compression in this build";
  put(file(0), "text");
  put(file(0, compression), packed("another text", compression));
  put(file(1), "more");

  UpkeepOutcome outcome = run();
  EXPECT_TRUE(outcome.pack_failed);
  EXPECT_EQ(outcome.failures.size(), 1U);
  EXPECT_EQ(outcome.pending, 1U);
  EXPECT_TRUE(outcome.has_more);

  outcome = run();
  EXPECT_TRUE(outcome.packed_one);
  EXPECT_TRUE(outcome.failures.empty());
  EXPECT_EQ(outcome.pending, 0U);
  EXPECT_EQ(contents(), (std::vector<std::string>{"text", "another text", "more"}));
}

TEST_F(UpkeepTest, PacksOthersBeforeItTriesAFailedOneAgain) {
  if (!use_packing()) GTEST_SKIP() << "no compression in this build";
  for (int n = 0; n < 3; ++n) put(file(n), std::to_string(n));
  fs.fail(Call::read, 1, std::errc::io_error);

  const UpkeepOutcome failed = run();
  EXPECT_TRUE(failed.pack_failed);
  EXPECT_EQ(failed.pending, 3U);
  EXPECT_FALSE(failed.has_more);  // not at once

  EXPECT_TRUE(run().packed_one);
  EXPECT_TRUE(exists(file(1, compression)));
  EXPECT_EQ(run_all().pending, 0U);
  EXPECT_EQ(contents(), (std::vector<std::string>{"0", "1", "2"}));
}

TEST_F(UpkeepTest, IsNotHeldUpByWhatIsNoFile) {
  if (!use_packing()) GTEST_SKIP() << "no compression in this build";
  fs.put(path(names->make(file(0))), "elsewhere", FileKind::symlink);
  fs.put(path(names->make(file(1))), "", FileKind::directory);
  put(file(2), "text");

  const UpkeepOutcome outcome = run();

  EXPECT_TRUE(outcome.packed_one);
  EXPECT_EQ(outcome.pending, 0U);
  EXPECT_EQ(outcome.failures.size(), 2U);
  EXPECT_TRUE(run().failures.empty());
}

TEST_F(UpkeepTest, ForgetsAFileThatIsDeletedUnderIt) {
  if (!use_packing()) GTEST_SKIP() << "no compression in this build";
  for (int n = 0; n < 3; ++n) put(file(n), std::to_string(n));
  use_hook([&](const std::string& call) {
    for (int n = 0; n < 2; ++n) {
      const std::string name = names->make(file(n));
      if (call == "stat " + name && fs.exists(path(name))) fs.erase(path(name));
    }
  });

  const UpkeepOutcome outcome = run();

  EXPECT_TRUE(outcome.packed_one);
  EXPECT_TRUE(outcome.failures.empty());
  EXPECT_EQ(outcome.pending, 0U);
}

TEST_F(UpkeepTest, LeavesASharedLogToTheProcessThatIsAtIt) {
  put(file(0), "0");
  put(file(1), "1");
  plan.retention.count_max = 1;
  plan.is_shared = true;
  const LockFileResult other = open_directory()->open_lock(plan.lock_name, 0640);
  ASSERT_FALSE(other.file->acquire(false));

  const UpkeepOutcome busy = run();
  EXPECT_TRUE(busy.was_busy);
  EXPECT_TRUE(busy.failures.empty());
  EXPECT_EQ(fs.count_in_trace("list"), 0U);

  other.file->release();
  EXPECT_EQ(run().pruned.size(), 1U);
  EXPECT_FALSE(other.file->acquire(false)) << "the lock is still held";
}

TEST_F(UpkeepTest, TakesTheLockOnlyWhereOthersCouldInterfere) {
  (void)run();
  EXPECT_EQ(fs.count_in_trace("acquire"), 0U);
  use_indexes();
  (void)run();
  EXPECT_EQ(fs.count_in_trace("acquire"), 1U);
}

TEST_F(UpkeepTest, RenumbersThenPrunesByIndex) {
  use_indexes();
  for (std::uint32_t index = 1; index <= 3; ++index) put(indexed(index), std::to_string(index));
  put(file(0), "a");
  put(file(1), "b");
  plan.retention.count_max = 3;

  const UpkeepOutcome outcome = run();

  EXPECT_EQ(contents(), (std::vector<std::string>{"1", "a", "b"}));
  EXPECT_EQ(backup_names(), (std::vector<std::string>{"app.log.3", "app.log.2", "app.log.1"}));
  ASSERT_EQ(outcome.pruned.size(), 2U);
  EXPECT_EQ(outcome.pruned[0].name, "app.log.5");
}

TEST_F(UpkeepTest, EndsPackingBeforeItMovesTheTwoFormsApart) {
  use_indexes();
  if (!use_packing()) GTEST_SKIP() << "no compression in this build";
  put(indexed(1), "old");
  put(indexed(1, compression), packed("old", compression));
  put(file(0), "new");

  EXPECT_EQ(run_all().pending, 0U);

  EXPECT_EQ(backup_names(), (std::vector{names->make(indexed(2, compression)),
                                         names->make(indexed(1, compression))}));
  EXPECT_EQ(contents(), (std::vector<std::string>{"old", "new"}));
}

TEST_F(UpkeepTest, RemembersWhatItGaveUpWhenTheIndexChanges) {
  use_indexes();
  if (!use_packing()) GTEST_SKIP() << "no compression in this build";
  put(indexed(1), "old");
  put(indexed(1, compression), packed("other", compression));
  EXPECT_EQ(run_all().failures.size(), 1U);
  put(file(0), "new");

  const UpkeepOutcome outcome = run_all();

  EXPECT_TRUE(outcome.failures.empty());
  EXPECT_EQ(contents(), (std::vector<std::string>{"old", "other", "new"}));
  EXPECT_TRUE(exists(indexed(2)) && exists(indexed(2, compression)));
}

TEST_F(UpkeepTest, KeepsALinkToTheNewestBackup) {
  const bool packs = use_packing();
  plan.compression = Compression::none;
  plan.latest_link = "app.log.latest";
  put(file(0), "0");
  put(file(1), "1");

  (void)run();
  EXPECT_EQ(link_target(), names->make(file(1)));

  (void)run();
  EXPECT_EQ(fs.count_in_trace("put-symlink"), 1U);  // nothing has changed

  put(file(2), "2");
  (void)run();
  EXPECT_EQ(link_target(), names->make(file(2)));

  if (packs) {
    plan.compression = compression;
    EXPECT_EQ(run_all().pending, 0U);
    EXPECT_EQ(link_target(), names->make(file(2, compression)));
  }
}

TEST_F(UpkeepTest, PutsTheLinkBeforeItSpendsTimeOnPacking) {
  if (!use_packing()) GTEST_SKIP() << "no compression in this build";
  plan.latest_link = "app.log.latest";
  put(file(0), "0");
  std::string linked;
  use_hook([&](const std::string& call) {
    if (call == "read " + names->make(file(0)) && linked.empty()) linked = link_target();
  });

  (void)run();

  EXPECT_EQ(linked, names->make(file(0)));
}

TEST_F(UpkeepTest, LeavesAFileThatHasTheLinksNameAndTellsOnce) {
  plan.latest_link = "app.log.latest";
  fs.put("logs/app.log.latest", "somebody's");
  put(file(0), "0");

  EXPECT_EQ(run().failures.size(), 1U);
  put(file(1), "1");
  EXPECT_TRUE(run().failures.empty());

  EXPECT_EQ(fs.read("logs/app.log.latest"), "somebody's");
}

TEST_F(UpkeepTest, TellsWhatItCannotDoAndDoesTheRest) {
  put(file(0), "0");
  put(file(1), "1");
  fs.put(path(names->make_temporary(file(0, Compression::gzip))), "half");
  plan.retention.count_max = 1;
  fs.fail(Call::remove, 1, std::errc::operation_not_permitted);

  const UpkeepOutcome outcome = run();

  ASSERT_EQ(outcome.failures.size(), 1U);
  EXPECT_TRUE(outcome.failures[0].step.starts_with("remove .app.log."));
  EXPECT_EQ(outcome.pruned.size(), 1U);
}

TEST_F(UpkeepTest, DoesNothingWithoutAListing) {
  put(file(0), "0");
  put(file(1), "1");
  plan.retention.count_max = 1;
  fs.fail(Call::list, 1, std::errc::io_error);

  const UpkeepOutcome outcome = run();

  EXPECT_EQ(outcome.failures.size(), 1U);
  EXPECT_TRUE(outcome.pruned.empty());
}

}  // namespace
}  // namespace lathe
