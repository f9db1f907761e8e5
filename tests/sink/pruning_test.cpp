// SPDX-License-Identifier: MIT

#include "sink/pruning.hpp"

#include <chrono>

#include "upkeep_fixture.hpp"

namespace lathe {
namespace {

using namespace std::chrono_literals;

class PruningTest : public UpkeepFixture {
 protected:
  PruneOutcome run(const PruneRequest& request, const std::stop_token& stop = {}) {
    return run(*open_directory(), request, stop);
  }

  PruneOutcome run(Directory& directory, PruneRequest request, const std::stop_token& stop = {}) {
    std::vector<ListedBackup> backups = list_backups(directory, *names).backups;
    if (request.now_ns == 0) request.now_ns = clock.wall_ns();
    PruneOutcome outcome = prune(directory, *names, backups, request, stop);
    if (!request.is_dry) {
      std::vector<std::string> left;
      for (const ListedBackup& backup : backups) left.push_back(backup.name);
      EXPECT_EQ(left, backup_names()) << "the list is not up to date";
    }
    return outcome;
  }

  // Backups of ten bytes each, of seconds 0, 1, ...
  void fill(std::int64_t count) {
    for (std::int64_t n = 0; n < count; ++n) put(file(n), "ten bytes.");
  }

  // The n of what was deleted.
  [[nodiscard]] std::vector<std::int64_t> pruned(const PruneOutcome& outcome) const {
    std::vector<std::int64_t> result;
    for (const PruneEntry& entry : outcome.pruned) {
      result.push_back(names->parse(entry.name)->name.stamp_ms / 1000 - FakeClock::kStartSeconds);
    }
    return result;
  }

  using Numbers = std::vector<std::int64_t>;
};

TEST_F(PruningTest, DeletesTheOldestBeyondEachLimitAndTellsWhy) {
  const struct {
    const char* name;
    RetentionOptions retention;
    Numbers want;
    PruneReason reason;
    std::uint64_t size_bytes;
  } cases[] = {
      {"no limit", {}, {}, PruneReason::count, 0},
      {"count", {.count_max = 3}, {0, 1}, PruneReason::count, 0},
      {"size", {.size_bytes_max = 25}, {0, 1, 2}, PruneReason::size, 10},
      {"age", {.age_max = 7s}, {0, 1, 2}, PruneReason::age, 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    fill(5);

    const PruneOutcome outcome =
        run({.retention = c.retention, .now_ns = (FakeClock::kStartSeconds + 10) * 1'000'000'000});

    EXPECT_EQ(pruned(outcome), c.want);
    EXPECT_EQ(fs.names("logs").size(), 5 - c.want.size());
    EXPECT_EQ(outcome.failure_count, 0U);
    for (const PruneEntry& entry : outcome.pruned) {
      EXPECT_EQ(entry.reason, c.reason);
      EXPECT_EQ(entry.size_bytes, c.size_bytes);
      EXPECT_FALSE(fs.exists(path(entry.name)));
    }
  }
}

TEST_F(PruningTest, TouchesNoNameThatItDidNotMake) {
  const std::vector<std::string> others{"app.log",
                                        "app.log.20261122_135033.01",
                                        "app.log.20261122_135033.bak",
                                        "app.log.20261322_135033",
                                        "app.log2.20261122_135033",
                                        "other.log.20261122_135033"};
  for (const std::string& name : others) fs.put(path(name), "not ours");
  fill(3);

  EXPECT_EQ(run({.retention = {.count_max = 1}}).pruned.size(), 2U);

  for (const std::string& name : others) EXPECT_TRUE(fs.exists(path(name))) << name;
}

TEST_F(PruningTest, DryTellsTheSameWithSizesAndDeletesNothing) {
  fill(5);
  fs.node(path(names->make(file(1)))).is_open_elsewhere = true;
  const PruneRequest request{.retention = {.count_max = 2}, .wants_sizes = true, .is_dry = true};

  const PruneOutcome outcome = run(request);

  EXPECT_EQ(pruned(outcome), (Numbers{0, 2}));
  EXPECT_EQ(outcome.pruned[0].size_bytes, 10U);
  EXPECT_EQ(fs.names("logs").size(), 5U);
  EXPECT_EQ(fs.count_in_trace("remove"), 0U);
}

TEST_F(PruningTest, LeavesWhatAnotherProcessHasOpenForNow) {
  fill(4);
  FakeNode& held = fs.node(path(names->make(file(0))));
  held.is_open_elsewhere = true;

  EXPECT_EQ(pruned(run({.retention = {.count_max = 2}})), (Numbers{1}));
  EXPECT_EQ(pruned(run({.retention = {.count_max = 2}})), (Numbers{}));

  held.is_open_elsewhere = false;
  EXPECT_EQ(pruned(run({.retention = {.count_max = 2}})), (Numbers{0}));
}

TEST_F(PruningTest, DeletesWhatOnlyThisProcessHasOpen) {
  fill(3);
  const std::unique_ptr<Directory> directory = open_directory();
  const OpenResult own = directory->open(names->make(file(0)), OpenMode::append_or_create, 0640);
  fs.node(path(names->make(file(1)))).is_open_elsewhere = true;

  const PruneOutcome outcome = run(
      *directory, {.retention = {.count_max = 1}, .own_open_files = {own.file->status().status}});

  EXPECT_EQ(pruned(outcome), (Numbers{0}));
}

TEST_F(PruningTest, GoesOnAfterOneThatCannotBeDeletedAndTriesEachOnce) {
  fill(6);
  fs.fail(Call::remove, 2, std::errc::operation_not_permitted);

  const PruneOutcome outcome = run({.retention = {.count_max = 2}});

  EXPECT_EQ(pruned(outcome), (Numbers{0, 2, 3}));
  ASSERT_EQ(outcome.failures.size(), 1U);
  EXPECT_EQ(outcome.failures[0].step, "remove " + names->make(file(1)));
  EXPECT_EQ(fs.count_in_trace("remove"), 4U);
}

TEST_F(PruningTest, CutsTheListOfFailures) {
  fill(100);
  fs.fail_from(Call::remove, 1, std::errc::read_only_file_system);

  const PruneOutcome outcome = run({.retention = {.count_max = 1}});

  EXPECT_EQ(outcome.failure_count, 99U);
  EXPECT_EQ(outcome.failures.size(), kPruneFailuresMax);
}

TEST_F(PruningTest, TakesAFileThatIsGoneAlreadyForNoFailure) {
  fill(3);
  HookedDirectory directory(open_directory(), [&](const std::string& call) {
    if (call == "remove " + names->make(file(0))) fs.erase(path(names->make(file(0))));
  });

  const PruneOutcome outcome = run(directory, {.retention = {.count_max = 1}});

  EXPECT_EQ(pruned(outcome), (Numbers{1}));
  EXPECT_EQ(outcome.failure_count, 0U);
}

TEST_F(PruningTest, KeepsMoreRatherThanLessWhereAFileCannotBeLookedAt) {
  fill(5);
  fs.fail(Call::status, 1, std::errc::permission_denied);

  const PruneOutcome outcome = run({.retention = {.count_max = 3, .size_bytes_max = 1000}});

  EXPECT_EQ(outcome.pruned.size(), 1U);  // of the four that it has seen
  EXPECT_EQ(outcome.failure_count, 1U);
}

TEST_F(PruningTest, FreesSpaceOneFileAtATimeUntilThereIsEnough) {
  fill(8);
  std::uint64_t free_bytes = 0;  // each deletion frees more than the size promises
  fs.set_free_bytes(free_bytes);
  HookedDirectory directory(open_directory(), [&](const std::string& call) {
    if (call.starts_with("remove ")) fs.set_free_bytes(free_bytes += 20);
  });

  const PruneOutcome outcome = run(directory, {.retention = {.free_bytes_min = 50}});

  EXPECT_EQ(pruned(outcome), (Numbers{0, 1, 2}));
  EXPECT_EQ(outcome.pruned[0].reason, PruneReason::free_space);
}

TEST_F(PruningTest, StopsDeletingForSpaceWhereThatFreesNothing) {
  const struct {
    const char* name;
    std::vector<std::uint64_t> after;  // free bytes after each deletion
    Numbers want;
  } cases[] = {
      {"never", {0, 0, 0, 0, 0, 0, 0, 0}, {0, 1, 2}},
      {"late", {0, 0, 9, 9, 9, 18, 18, 18}, {0, 1, 2, 3, 4, 5, 6, 7}},
      {"once", {5, 5, 5, 5, 5, 5, 5, 5}, {0, 1, 2, 3}},
      {"less and less", {4, 3, 2, 1, 0, 0, 0, 0}, {0, 1, 2, 3}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    fill(8);
    fs.set_free_bytes(0);
    std::size_t deleted = 0;
    HookedDirectory directory(open_directory(), [&](const std::string& call) {
      if (call.starts_with("remove ")) fs.set_free_bytes(c.after[deleted++]);
    });

    EXPECT_EQ(pruned(run(directory, {.retention = {.free_bytes_min = 1000}})), c.want);
  }
}

TEST_F(PruningTest, DeletesNothingForSpaceWhereThatIsNotKnownOrEnough) {
  fill(3);
  EXPECT_TRUE(run({.retention = {.free_bytes_min = 1000}}).pruned.empty());

  fs.set_free_bytes(1000);
  EXPECT_TRUE(run({.retention = {.free_bytes_min = 1000}}).pruned.empty());
}

TEST_F(PruningTest, DeletesBothFormsOfABackup) {
  put(file(0), "plain");
  put(file(0, Compression::gzip), "packed");
  put(file(1), "plain");

  EXPECT_EQ(pruned(run({.retention = {.count_max = 1}})), (Numbers{0, 0}));
}

TEST_F(PruningTest, StopsBetweenTwoFilesHavingDeletedTheOldest) {
  fill(5);
  std::stop_source stop;
  HookedDirectory directory(open_directory(), [&](const std::string& call) {
    if (call == "remove " + names->make(file(1))) stop.request_stop();
  });

  EXPECT_EQ(pruned(run(directory, {.retention = {.count_max = 1}}, stop.get_token())),
            (Numbers{0, 1}));
}

TEST_F(PruningTest, LooksAtNoFileWhereNamesAreEnough) {
  constexpr std::int64_t kFiles = 100'000;
  for (std::int64_t n = 0; n < kFiles; ++n) put(file(n), "");
  fs.clear_trace();

  const PruneOutcome outcome = run({.retention = {.count_max = 90'000, .age_max = 24h}});

  EXPECT_EQ(outcome.pruned.size(), 10'000U);
  EXPECT_EQ(fs.count_in_trace("stat"), 0U);
  EXPECT_EQ(fs.count_in_trace("list"), 1U);
  EXPECT_EQ(fs.trace().size(), 1U + 1U + 10'000U);  // open, list, remove
}

}  // namespace
}  // namespace lathe
