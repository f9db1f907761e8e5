// SPDX-License-Identifier: MIT

#include "sink/renumber.hpp"

#include <algorithm>
#include <random>
#include <sstream>

#include "upkeep_fixture.hpp"

namespace lathe {
namespace {

class RenumberTest : public UpkeepFixture {
 protected:
  RenumberTest() { names = std::make_shared<BackupNames>(indexed_names()); }

  // A directory in short, oldest first: "7 3z 1 s0 s5z" is index 7, index 3 packed, index 1, and
  // the stamps of seconds 0 and 5. Each file holds what it was called at first.
  static BackupFile parse(const std::string& word) {
    const bool is_packed = word.ends_with('z');
    const Compression compression = is_packed ? Compression::gzip : Compression::none;
    if (word[0] == 's') return file(std::stoi(word.substr(1)), compression);
    return indexed(static_cast<std::uint32_t>(std::stoul(word)), compression);
  }

  void fill(const std::string& state) {
    for (const std::string& name : fs.names("logs")) fs.erase(path(name));
    add(state);
  }

  void add(const std::string& state) {
    std::istringstream words(state);
    for (std::string word; words >> word;) put(parse(word), word);
  }

  RenumberOutcome run(const std::stop_token& stop = {}) {
    const std::unique_ptr<Directory> directory = open_directory();
    std::vector<ListedBackup> backups = list_backups(*directory, *names).backups;
    RenumberOutcome outcome = renumber(*directory, *names, backups, stop);
    EXPECT_EQ(texts(backups), texts(listed())) << "the list is not up to date";
    return outcome;
  }

  [[nodiscard]] std::string state() const { return texts(listed()); }

  // As in fill().
  [[nodiscard]] static std::string texts(const std::vector<ListedBackup>& backups) {
    std::string result;
    for (const ListedBackup& backup : backups) {
      if (!result.empty()) result += ' ';
      const std::int64_t second = backup.file.name.stamp_ms / 1000 - FakeClock::kStartSeconds;
      result +=
          backup.file.index > 0 ? std::to_string(backup.file.index) : "s" + std::to_string(second);
      if (backup.file.packed != Compression::none) result += 'z';
    }
    return result;
  }

  // What they were called at first, oldest first.
  [[nodiscard]] std::string order() const {
    std::string result;
    for (const ListedBackup& backup : listed()) {
      result += (result.empty() ? "" : " ") + fs.read(path(backup.name));
    }
    return result;
  }
};

TEST_F(RenumberTest, MakesTheNewestIndexOneAndUsesHolesUp) {
  const struct {
    const char* name;
    const char* before;
    const char* after;
    std::size_t renames;
  } cases[] = {
      {"nothing there", "", "", 0},
      {"nothing new", "3 2 1", "3 2 1", 0},
      {"nothing new, with a hole", "9 4 2", "9 4 2", 0},
      {"the first one", "s0", "1", 1},
      {"the first three", "s0 s1 s2", "3 2 1", 3},
      {"no hole", "3 2 1 s0", "4 3 2 1", 4},
      {"index 1 is free", "3 2 s0", "3 2 1", 1},
      {"a hole in the middle", "5 4 2 1 s0", "5 4 3 2 1", 3},
      {"a hole that is wide enough for two", "5 4 1 s0 s1", "5 4 3 2 1", 3},
      {"two holes for two", "6 4 2 1 s0 s1", "6 5 4 3 2 1", 5},
      {"two holes for one", "6 4 2 1 s0", "6 4 3 2 1", 3},
      {"fewer holes than new ones", "4 2 1 s0 s1", "5 4 3 2 1", 5},
      {"far apart", "4000000000 70 1 s0", "4000000000 70 2 1", 2},
      {"packed ones", "3z 2z 1 s0", "4z 3z 2 1", 4},
      {"a new one that is packed", "1z s0z s1", "3z 2z 1", 3},
      {"both forms of one", "2 2z 1 s0", "3 3z 2 1", 4},
      {"both forms of a new one", "1 s0 s0z", "2 1 1z", 3},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    fill(c.before);
    fs.clear_trace();

    const RenumberOutcome outcome = run();

    EXPECT_FALSE(outcome.failure);
    EXPECT_EQ(outcome.done.size(), c.renames);
    EXPECT_EQ(fs.count_in_trace("rename "), c.renames);
    EXPECT_EQ(state(), c.after);
    EXPECT_EQ(order(), c.before);
  }
}

TEST_F(RenumberTest, TellsWhatItHasRenamed) {
  fill("1 s0");

  const std::vector<Renaming> done = run().done;

  ASSERT_EQ(done.size(), 2U);
  EXPECT_EQ(done[0].from, "app.log.1");
  EXPECT_EQ(done[0].to, "app.log.2");
  EXPECT_EQ(done[1].from, names->make(file(0)));
  EXPECT_EQ(done[1].to, "app.log.1");
}

TEST_F(RenumberTest, LeavesOutAFileThatSomebodyHasDeleted) {
  const std::string before = "3 2 1 s0 s1";
  for (const std::string victim : {"3", "2", "1", "s0", "s1"}) {
    SCOPED_TRACE(victim);
    fill(before);
    const std::unique_ptr<Directory> directory = open_directory();
    std::vector<ListedBackup> backups = list_backups(*directory, *names).backups;
    fs.erase(path(names->make(parse(victim))));

    EXPECT_FALSE(renumber(*directory, *names, backups, {}).failure);

    std::string want = before + " ";
    want.erase(want.find(victim + " "), victim.size() + 1);
    EXPECT_EQ(order() + " ", want);
    EXPECT_EQ(backups.size(), 4U);
    EXPECT_EQ(state().find('s'), std::string::npos);
  }
}

TEST_F(RenumberTest, NeverReplacesAFileAndStopsAtTheFirstFailure) {
  for (std::uint64_t nth = 1; nth <= 4; ++nth) {
    SCOPED_TRACE(nth);
    const std::string before = "3 2 1 s0";
    fill(before);
    fs.fail(Call::rename, nth, std::errc::permission_denied);
    fs.clear_trace();

    const RenumberOutcome outcome = run();

    EXPECT_EQ(outcome.failure.error, std::errc::permission_denied);
    EXPECT_TRUE(outcome.failure.step.starts_with("rename app.log."));
    EXPECT_EQ(outcome.done.size(), nth - 1);
    EXPECT_EQ(fs.count_in_trace("rename "), nth);
    EXPECT_EQ(order(), before);

    fs.heal();
    EXPECT_FALSE(run().failure);
    EXPECT_EQ(state(), "4 3 2 1");
    EXPECT_EQ(order(), before);
  }
}

TEST_F(RenumberTest, StopsBetweenTwoRenames) {
  fill("2 1 s0");
  std::stop_source stop;
  HookedDirectory directory(open_directory(), [&](const std::string& call) {
    if (call.starts_with("rename ")) stop.request_stop();
  });
  std::vector<ListedBackup> backups = list_backups(directory, *names).backups;

  EXPECT_FALSE(renumber(directory, *names, backups, stop.get_token()).failure);

  EXPECT_EQ(state(), "3 1 s0");
  EXPECT_EQ(texts(backups), "3 1 s0");
}

// Whatever is there, however often it is cut short, and with files that come in between.
TEST_F(RenumberTest, KeepsTheOrderThroughAnyRowOfCrashes) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::minstd_rand random(seed);
  const auto below = [&](unsigned bound) { return static_cast<unsigned>(random()) % bound; };
  for (int round = 0; round < 300; ++round) {
    fill("");
    std::string want;
    std::size_t files = 0;
    int second = 0;
    const auto add_one = [&](const std::string& word) {
      add(word);
      want += (want.empty() ? "" : " ") + word;
      ++files;
    };
    for (unsigned index = 12; index > 0; --index) {
      if (below(2) == 0) add_one(std::to_string(index) + (below(3) == 0 ? "z" : ""));
    }
    for (unsigned crashes = below(4) + 1; crashes > 0; --crashes) {
      for (unsigned fresh = below(4); fresh > 0; --fresh) add_one("s" + std::to_string(second++));
      fs.fail_from(Call::rename, below(16) + 1, std::errc::io_error);
      (void)run();
      fs.heal();
      ASSERT_EQ(order(), want);
    }

    EXPECT_FALSE(run().failure);

    ASSERT_EQ(order(), want);
    ASSERT_EQ(fs.names("logs").size(), files);
    ASSERT_EQ(state().find('s'), std::string::npos) << state();
  }
}

}  // namespace
}  // namespace lathe
