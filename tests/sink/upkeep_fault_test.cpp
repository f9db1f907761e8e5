// SPDX-License-Identifier: MIT
//
// Upkeep on a disk that fails, in a process that is killed, on a machine that loses power: at every
// call. Whatever happens, each backup that is to be kept is there, whole, once, and in order.

#include <algorithm>

#include "sink/upkeep.hpp"
#include "upkeep_fixture.hpp"

namespace lathe {
namespace {

// More calls than any pass makes here.
constexpr std::uint64_t kCallsMax = 300;

struct Scenario {
  bool is_indexed = false;
  Compression compression = Compression::none;
};

// The directory of one process after the other.
class World : public UpkeepFixture {
 public:
  explicit World(const Scenario& scenario) : scenario_(scenario) {
    if (scenario.is_indexed) names = std::make_shared<BackupNames>(indexed_names());
    const Compression compression = scenario.compression;
    fs.put("logs/app.log", "active");
    fs.put(path(names->make_temporary(file(9, compression))), "half");
    if (scenario.is_indexed) {
      put_text(indexed(5, compression), 0);
      put_text(indexed(4), 1);
      put_text(indexed(2), 2);
      put_text(indexed(2, compression), 2);
    } else {
      put_text(file(0, compression), 0);
      put_text(file(1), 1);
      put_text(file(2), 2);
      put_text(file(2, compression), 2);
    }
    put_text(file(3), 3);
    put_text(file(4), 4);
    for (const std::string& name : fs.names("logs")) {
      fs.node(path(name)).synced_bytes = fs.read(path(name)).size();
    }
    EXPECT_FALSE(open_directory()->sync());
  }

  // A new process: passes until there is nothing more to do, or all that is left has failed.
  void run_program() { run_passes(make_plan()); }

  // The same one goes on when things work again: it tries what has failed.
  void run_program_through_faults() {
    const UpkeepPlan plan = make_plan();
    run_passes(plan);
    expect_nothing_lost();
    fs.heal();
    run_passes(plan);
  }

  // Kills the program at its n-th call: no call after that one does anything.
  void run_and_kill(std::uint64_t nth) {
    for (std::uint64_t call = nth; call < nth + kCallsMax; ++call) {
      fs.fail_any(call, std::errc::io_error);
    }
    const UpkeepPlan plan = make_plan();
    UpkeepOutcome outcome;
    do {
      outcome = keep_up(plan, {}, true, {});
    } while (outcome.has_more && fs.faults_met() == 0);
    fs.heal();
  }

  void expect_nothing_lost() const {
    const std::vector<std::string> found = contents();
    const std::vector<std::string> all = texts(0);
    // All are there, or all but the oldest, which may go.
    EXPECT_TRUE(found == all || found == texts(1)) << "found " << found.size();
    EXPECT_EQ(fs.read("logs/app.log"), "active");
  }

  void expect_all_done() const {
    const Compression compression = scenario_.compression;
    std::vector<BackupFile> want;
    for (std::uint32_t n = 1; n <= 4; ++n) {
      const Compression form = n < 4 ? compression : Compression::none;  // keep_plain
      want.push_back(scenario_.is_indexed ? indexed(5 - n, form) : file(n, form));
    }
    std::vector<std::string> want_names{"app.log", "app.log.latest"};
    for (const BackupFile& backup : want) want_names.push_back(names->make(backup));
    if (scenario_.is_indexed) want_names.push_back(".app.log.upkeep");
    std::sort(want_names.begin(), want_names.end());
    EXPECT_EQ(fs.names("logs"), want_names);
    EXPECT_EQ(contents(), texts(1));
    EXPECT_EQ(fs.read("logs/app.log.latest"), names->make(want.back()));
    EXPECT_EQ(fs.open_files(), 0);
  }

  void TestBody() override {}

  using UpkeepFixture::fs;

 private:
  static std::string text(unsigned n) { return text_of(n == 3 ? 0 : 700 * n + 50, n); }
  static std::vector<std::string> texts(unsigned first) {
    std::vector<std::string> result;
    for (unsigned n = first; n <= 4; ++n) result.push_back(text(n));
    return result;
  }

  void put_text(const BackupFile& backup, unsigned n) {
    put(backup, backup.packed == Compression::none ? text(n) : packed(text(n), backup.packed));
  }

  UpkeepPlan make_plan() {
    // The directory is there before the faults: this is not about opening it.
    return {.directory = directory_,
            .backups = names,
            .lock_name = ".app.log.upkeep",
            .retention = {.count_max = 4},
            .compression = scenario_.compression,
            .keep_plain = 1,
            .latest_link = "app.log.latest",
            .clock = &clock};
  }

  static void run_passes(const UpkeepPlan& plan) {
    int failures = 0;
    for (int passes = 0; passes < 50; ++passes) {
      const UpkeepOutcome outcome = keep_up(plan, {}, true, {});
      if (outcome.has_more) continue;
      if (outcome.failures.empty() || ++failures == 3) return;
    }
    FAIL() << "there is always more to do";
  }

  Scenario scenario_;
  std::shared_ptr<Directory> directory_ = open_directory();
};

class UpkeepFaultTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (compressions().empty()) GTEST_SKIP() << "built without zlib and without libzstd";
  }

  template <class Check>
  static void for_each_scenario(const std::vector<Compression>& which, Check check) {
    for (const Compression compression : which) {
      for (const bool is_indexed : {false, true}) {
        SCOPED_TRACE(is_indexed ? "indexed" : "stamped");
        check(Scenario{.is_indexed = is_indexed, .compression = compression});
        if (HasFailure()) return;
      }
    }
  }
};

TEST_F(UpkeepFaultTest, DoesAllOfItOnADiskThatWorks) {
  for_each_scenario(compressions(), [](const Scenario& scenario) {
    World world(scenario);
    world.run_program();
    world.expect_all_done();
  });
}

TEST_F(UpkeepFaultTest, LosesNothingAtAnyFaultAndFinishesAfterIt) {
  for (const std::errc error : {std::errc::io_error, std::errc::no_space_on_device}) {
    for_each_scenario(compressions(), [&](const Scenario& scenario) {
      for (std::uint64_t nth = 1;; ++nth) {
        SCOPED_TRACE("call " + std::to_string(nth));
        World world(scenario);
        world.fs.fail_any(nth, error);
        world.run_program_through_faults();
        world.expect_all_done();
        if (world.fs.faults_met() == 0 || HasFailure()) {
          EXPECT_GT(nth, 30U);  // or the loop has proved nothing
          return;
        }
      }
    });
  }
}

TEST_F(UpkeepFaultTest, EndsWithThePromisedFilesAfterTwoKillsAtAnyCalls) {
  // The codec makes no difference to the order of calls, and there are many pairs of them.
  for_each_scenario({compressions().front()}, [](const Scenario& scenario) {
    bool was_killed_twice = true;
    for (std::uint64_t first = 1; was_killed_twice; ++first) {
      was_killed_twice = false;
      for (std::uint64_t second = 1;; ++second) {
        SCOPED_TRACE("call " + std::to_string(first) + ", then " + std::to_string(second));
        World world(scenario);
        world.run_and_kill(first);
        world.expect_nothing_lost();
        const std::uint64_t faults = world.fs.faults_met();
        world.run_and_kill(second);
        world.expect_nothing_lost();
        const bool was_killed = world.fs.faults_met() > faults;
        world.run_program();
        world.expect_all_done();
        if (HasFailure()) return;
        was_killed_twice |= faults > 0 && was_killed;
        if (!was_killed) break;
      }
    }
  });
}

TEST_F(UpkeepFaultTest, EndsWithThePromisedFilesAfterAPowerCutAtAnyCall) {
  for_each_scenario(compressions(), [](const Scenario& scenario) {
    for (std::uint64_t nth = 1;; ++nth) {
      SCOPED_TRACE("call " + std::to_string(nth));
      World world(scenario);
      world.run_and_kill(nth);
      const bool was_killed = world.fs.faults_met() > 0;
      world.fs.crash();
      world.expect_nothing_lost();
      world.run_program();
      world.expect_all_done();
      if (!was_killed || HasFailure()) return;
    }
  });
}

}  // namespace
}  // namespace lathe
