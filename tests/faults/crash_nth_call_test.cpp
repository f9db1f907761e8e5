// SPDX-License-Identifier: MIT
//
// Cuts the power after the n-th call, for every n of a run of up to three rotations, and looks at
// every state that the disk may be in then: what was said to be on the device is there, whole,
// once, in order, and the next process goes on. The same for a second cut while that one starts.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "extent.hpp"
#include "process.hpp"
#include "quiet.hpp"
#include "support/crash_states.hpp"
#include "support/fake_state.hpp"
#include "support/log_oracle.hpp"

namespace lathe {
namespace {

// A moment of a run: the disk, and what may be relied on.
struct CutMoment {
  FakeFileSystem files;
  std::vector<PrunedText> pruned;  // by all processes so far
  // Of each process so far: so many records are on the device, and so many were logged.
  struct Life {
    std::uint64_t durable = 0;
    std::uint64_t logged = 0;
  };
  std::vector<Life> lives;
  std::string call;  // that comes next
};

class CrashNthCallTest : public ::testing::Test {
 protected:
  using Job = void (Process::*)();

  enum class Keep { all, last };

  // Runs `job` as a process on `start`, and returns all moments of it in which the disk is another
  // one, or the last.
  static std::vector<CutMoment> run(const Policy& policy, const CutMoment& start, Job job,
                                    Keep keep) {
    CutMoment now = start;
    now.lives.emplace_back();
    std::vector<CutMoment> moments;
    FakeFileSystem files = now.files;
    FakeClock clock;
    PruneWatch watch(files, policy.options);
    Process* process = nullptr;
    const auto note = [&](const std::string& what) {
      if (process != nullptr) now.lives.back() = {process->durable(), process->logged()};
      now.pruned = start.pruned;
      const auto& pruned = watch.pruned();
      now.pruned.insert(now.pruned.end(), pruned.begin(), pruned.end());
      const bool is_same = !moments.empty() && moments.back().files.version() == files.version();
      if (is_same) moments.pop_back();
      moments.push_back({copy_of(files), now.pruned, now.lives, what});
    };
    files.watch([&](Call call, const std::string& what) {
      watch.before_call(call, what);
      if (keep == Keep::all) note(what);
    });
    {
      Process made(files, clock, policy.options, static_cast<unsigned>(now.lives.size()));
      process = &made;
      (made.*job)();
      note("end");
      process = nullptr;
    }
    note("after the end");
    files.watch(nullptr);
    return moments;
  }

  // The last of these is the state after all of it.
  static void expect_good(const Policy& policy, const CutMoment& end) {
    std::vector<std::string> texts;
    for (const PrunedText& pruned : end.pruned) texts.push_back(pruned.text);
    for (std::string& text :
         read_log(end.files, backup_names(policy.options), kLogDirectory, kLogName)) {
      texts.push_back(std::move(text));
    }
    const FoundRecords found = find_records(texts);
    const std::set<RecordId> there(found.records.begin(), found.records.end());
    // What was pruned may be there, too, if its removal was lost.
    const bool may_be_twice = !end.pruned.empty();
    for (const std::string& problem : found.problems) {
      if (!may_be_twice) ADD_FAILURE() << problem;
    }
    EXPECT_TRUE(found.repeated.empty() && found.only_repeated.empty());
    for (unsigned life = 0; life < end.lives.size(); ++life) {
      for (std::uint64_t number = 0; number < end.lives[life].durable; ++number) {
        const RecordId id{.producer = life + 1, .number = number};
        if (!there.contains(id)) ADD_FAILURE() << "lost: " << life + 1 << "." << number;
      }
    }
  }

  // A process that starts on `files` and goes on; all moments of it.
  std::vector<CutMoment> go_on(const Policy& policy, const CutMoment& cut, FakeFileSystem& files,
                               Keep keep = Keep::last) {
    CutMoment start{files, cut.pruned, cut.lives, cut.call};
    const std::string before = describe(files);
    try {
      std::vector<CutMoment> moments = run(policy, start, &Process::run_shortly, keep);
      CutMoment& end = moments.back();
      end.lives.back().durable = end.lives.back().logged;  // it has ended, and nothing has failed
      expect_good(policy, end);
      if (HasFailure()) {
        std::printf("left before %s:\n%s", cut.call.c_str(), before.c_str());
        std::printf("of:\n%s", describe_changes(cut.files).c_str());
        for (const PrunedText& pruned : end.pruned) {
          std::printf("  pruned: %s %zu\n", pruned.name.c_str(), pruned.text.size());
        }
      }
      return moments;
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what() << "\nbefore " << cut.call << ":\n" << before;
      return {};
    }
  }

  static std::string describe_changes(const FakeFileSystem& files) {
    const FakeDirectoryNode& directory = files.state().directories.at(kLogDirectory);
    std::string text;
    for (const auto& [name, node] : directory.durable_names) {
      text += fmt::format("  durable: {}, file {}\n", name, node->inode);
    }
    for (const FakeNameChange& change : directory.changes) {
      text += fmt::format("  {}: {} -> {}, file {}, synced at {}\n", change.version, change.gone,
                          change.made, change.node->inode, change.node->synced_at);
    }
    return text;
  }

  static std::string describe(const FakeFileSystem& files) {
    std::string text;
    for (const std::string& name : files.names(kLogDirectory)) {
      const std::string content = files.read(std::string(kLogDirectory) + "/" + name);
      text += "  " + name + " " + std::to_string(content.size()) + "\n";
    }
    return text;
  }

  // All states that a cut at `moment` may leave and that were not looked at before.
  template <class Look>
  void for_each_new_state(const Policy& policy, const CutMoment& moment, CrashStates which,
                          Look look) {
    for_each_crash_state(moment.files, which, [&](FakeFileSystem& files) {
      if (HasFailure()) return;
      ++states_;
      std::string key = policy.name + std::to_string(moment.pruned.size()) + "|";
      for (const CutMoment::Life& life : moment.lives) key += std::to_string(life.durable) + "|";
      if (!seen_.insert(std::hash<std::string>()(key + fingerprint(files))).second) return;
      ++looks_;
      look(files);
    });
  }

  static CutMoment nothing() {
    CutMoment start;
    (void)start.files.make_directory(kLogDirectory);
    return start;
  }

  const Quiet quiet_;
  std::set<std::size_t> seen_;
  std::uint64_t states_ = 0;
  std::uint64_t looks_ = 0;
};

TEST_F(CrashNthCallTest, LosesNothingThatWasOnTheDevice) {
  for (const Policy& policy : all_policies()) {
    SCOPED_TRACE(policy.name);
    const std::vector<CutMoment> moments = run(policy, nothing(), &Process::run, Keep::all);
    const std::uint64_t before = looks_;
    for (const CutMoment& moment : moments) {
      const CrashStates which = is_long_run() ? CrashStates::all : CrashStates::one_by_one;
      for_each_new_state(policy, moment, which,
                         [&](FakeFileSystem& files) { (void)go_on(policy, moment, files); });
      if (HasFailure()) return;
    }
    EXPECT_GT(looks_ - before, 100U);
    EXPECT_GT(moments.back().lives.back().durable, 0U);
    std::printf("%-42s moments: %3zu  states: %5llu\n", policy.name.c_str(), moments.size(),
                static_cast<unsigned long long>(looks_ - before));
  }
  std::printf("states in all: %llu, unlike each other: %llu\n",
              static_cast<unsigned long long>(states_), static_cast<unsigned long long>(looks_));
}

TEST_F(CrashNthCallTest, NorWhenTheNextStartIsCutToo) {
  const CrashStates which = is_long_run() ? CrashStates::one_by_one : CrashStates::extremes;
  const std::vector<Policy> policies = all_policies();
  for (std::size_t i = 0; i < (is_long_run() ? policies.size() : 1); ++i) {
    const Policy& policy = policies[i];
    SCOPED_TRACE(policy.name);
    for (const CutMoment& first : run(policy, nothing(), &Process::run, Keep::all)) {
      std::vector<CutMoment> seconds;
      for_each_new_state(policy, first, which, [&](FakeFileSystem& files) {
        for (CutMoment& moment : go_on(policy, first, files, Keep::all)) {
          seconds.push_back(std::move(moment));
        }
      });
      for (const CutMoment& second : seconds) {
        for_each_new_state(policy, second, which,
                           [&](FakeFileSystem& files) { (void)go_on(policy, second, files); });
        if (HasFailure()) return;
      }
    }
  }
  EXPECT_GT(looks_, 300U);
  std::printf("states: %llu, unlike each other: %llu\n", static_cast<unsigned long long>(states_),
              static_cast<unsigned long long>(looks_));
}

}  // namespace
}  // namespace lathe
