// SPDX-License-Identifier: MIT
//
// Kills the process before its n-th call of the file system, for every n, and within every write:
// the next process finds the spool, and every record is in the files once, whole, in order. The
// disk is in memory: the killed process sends it to us as its last act.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "extent.hpp"
#include "process.hpp"
#include "quiet.hpp"
#include "support/crash_states.hpp"
#include "support/log_oracle.hpp"
#include "support/temp_dir.hpp"

namespace lathe {
namespace {

// How to kill: before a call; or, of a write, when at most so many bytes of it are done: within it,
// before the process knows, or before its next call.
struct Moment {
  const char* text = "";
  std::optional<std::size_t> short_bytes = std::nullopt;
  bool is_within = false;
};

constexpr Moment kMoments[] = {
    {.text = "before"},
    {.text = "after a byte", .short_bytes = 1},
    {.text = "after 45 bytes", .short_bytes = 45},
    {.text = "within, after 45 bytes", .short_bytes = 45, .is_within = true},
    {.text = "within, after all", .short_bytes = SIZE_MAX, .is_within = true},
};

struct Kill {
  std::uint64_t nth = 0;  // of all calls, or of all writes
  Moment moment = kMoments[0];
};

// What a process has left that was killed.
struct Left {
  FakeFileSystem files;
  std::uint64_t logged = 0;
};

using Job = void (Process::*)();

bool write_all(int descriptor, const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t written = ::write(descriptor, bytes.data() + done, bytes.size() - done);
    if (written <= 0) return false;
    done += static_cast<std::size_t>(written);
  }
  return true;
}

std::string read_all(int descriptor) {
  std::string bytes;
  char block[4096];
  for (ssize_t got = 0; (got = ::read(descriptor, block, sizeof(block))) > 0;) {
    bytes.append(block, static_cast<std::size_t>(got));
  }
  return bytes;
}

// In a child: ends as if it were killed, or with status 1 if there was no such call.
[[noreturn]] void run_until(const Kill& kill, FakeFileSystem files, const Policy& policy,
                            unsigned producer, const std::string& spool, Job job, int out) {
  const Process* process = nullptr;
  std::uint64_t calls = 0;
  std::uint64_t writes = 0;
  const std::optional<std::size_t> short_bytes = kill.moment.short_bytes;
  const auto end = [&] {
    const std::uint64_t logged = process != nullptr ? process->logged() : 0;
    ::_exit(write_all(out, std::to_string(logged) + " " + to_bytes(files)) ? 0 : 2);
  };
  if (short_bytes) files.shorten_write(kill.nth, *short_bytes);
  files.watch([&](Call call, const std::string&) {
    const bool is_now = short_bytes ? writes == kill.nth : ++calls == kill.nth;
    if (is_now) end();
    writes += call == Call::write ? 1 : 0;
  });
  files.watch_writes([&] {
    if (kill.moment.is_within && writes == kill.nth) end();
  });
  try {
    FakeClock clock;
    Process made(files, clock, policy.options, producer, spool);
    process = &made;
    (made.*job)();
  } catch (...) {
    ::_exit(3);
  }
  ::_exit(1);
}

class KillNthCallTest : public ::testing::Test {
 protected:
  // Nothing if the process had no such call, and ended by itself.
  std::optional<Left> run_and_kill(const Kill& kill, const FakeFileSystem& files,
                                   const Policy& policy, unsigned producer,
                                   const std::string& spool, Job job) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) run_until(kill, copy_of(files), policy, producer, spool, job, ends[1]);
    EXPECT_GT(child, 0);
    (void)::close(ends[1]);
    const std::string bytes = read_all(ends[0]);
    (void)::close(ends[0]);
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) > 1) {
      ADD_FAILURE() << "the child has ended with " << status;
      return std::nullopt;
    }
    if (WEXITSTATUS(status) == 1) return std::nullopt;
    ++kills_;
    const std::size_t space = bytes.find(' ');
    return Left{from_bytes(bytes.substr(space + 1)), std::stoull(bytes)};
  }

  // The next process, which is not killed; then all records of `logged` must be there.
  static void expect_all_recovered(FakeFileSystem files, const Policy& policy,
                                   std::vector<std::uint64_t> logged, const std::string& spool) {
    FakeClock clock;
    {
      const auto producer = static_cast<unsigned>(logged.size() + 1);
      Process process(files, clock, policy.options, producer, spool);
      process.run_shortly();
      logged.push_back(process.logged());
      EXPECT_TRUE(process.backend().stats().crash_safe);
    }
    const FoundRecords found =
        find_records(read_log(files, backup_names(policy.options), kLogDirectory, kLogName));
    for (const std::string& problem : found.problems) ADD_FAILURE() << problem;
    EXPECT_TRUE(found.torn.empty()) << found.torn.front();
    std::vector<RecordId> want;
    for (unsigned life = 0; life < logged.size(); ++life) {
      for (std::uint64_t number = 0; number < logged[life]; ++number) {
        want.push_back({.producer = life + 1, .number = number});
      }
    }
    EXPECT_TRUE(found.records == want) << found.records.size() << " of " << want.size();
    EXPECT_TRUE(std::filesystem::is_empty(spool)) << "a spool is left";
  }

  // Nothing is pruned: all records are to be found.
  static std::vector<Policy> policies() {
    std::vector<Policy> policies = all_policies();
    for (Policy& policy : policies) policy.options.retention = {};
    if (is_long_run()) return policies;
    return {policies[0], policies[7], policies[8]};
  }

  static FakeFileSystem nothing() {
    FakeFileSystem files;
    (void)files.make_directory(kLogDirectory);
    return files;
  }

  const Quiet quiet_;
  const TempDir spool_{"/dev/shm"};  // where spools are by default
  std::uint64_t kills_ = 0;
};

TEST_F(KillNthCallTest, WritesEveryRecordOnceWhereverTheProcessIsKilled) {
  const std::string spool = spool_.path().string();
  for (const Policy& policy : policies()) {
    for (const Moment& moment : kMoments) {
      for (std::uint64_t nth = 1; !HasFailure(); ++nth) {
        SCOPED_TRACE(policy.name + ", call " + std::to_string(nth) + ", " + moment.text);
        const auto left = run_and_kill({nth, moment}, nothing(), policy, 1, spool, &Process::run);
        if (!left) break;
        expect_all_recovered(left->files, policy, {left->logged}, spool);
      }
    }
  }
  EXPECT_GT(kills_, 300U);
  std::printf("kills: %llu\n", static_cast<unsigned long long>(kills_));
}

TEST_F(KillNthCallTest, AlsoIfTheOneThatRecoversIsKilledInItsTurn) {
  const std::string spool = spool_.path().string();
  const Policy policy = policies().front();
  const std::uint64_t stride = is_long_run() ? 1 : 19;
  for (std::uint64_t first = 1; !HasFailure(); first += stride) {
    std::uint64_t second = 1;
    for (bool was_killed = true; was_killed && !HasFailure(); ++second) {
      SCOPED_TRACE("call " + std::to_string(first) + ", then " + std::to_string(second));
      const auto one = run_and_kill({first}, nothing(), policy, 1, spool, &Process::run);
      if (!one) return;
      const auto two = run_and_kill({second}, one->files, policy, 2, spool, &Process::run_shortly);
      was_killed = two.has_value();
      if (was_killed) {
        expect_all_recovered(two->files, policy, {one->logged, two->logged}, spool);
      } else {
        std::filesystem::remove_all(spool_.path());  // of the one that was not killed
        std::filesystem::create_directory(spool_.path());
      }
    }
    EXPECT_GT(second, 20U);
  }
}

}  // namespace
}  // namespace lathe
