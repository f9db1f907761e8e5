// SPDX-License-Identifier: MIT
//
// Signals that hit any thread at any instruction, the backend's own most of all.

#include <sys/mman.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "crash_fixture.hpp"

namespace lathe {
namespace {

constexpr int kLoggingThreads = 3;

// Calls that have returned, by thread, in memory that outlives the child; and how many of them
// before the signal was sent.
struct Counts {
  std::array<std::atomic<std::uint64_t>, kLoggingThreads> now;
  std::array<std::atomic<std::uint64_t>, kLoggingThreads> before_crash;
};

Counts& map_counts() {
  void* const memory =
      ::mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  return *new (memory) Counts{};
}

// The kernel's number of the thread of that name.
long thread_of(const std::string& name) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream in(entry.path() / "comm");
    std::string found;
    if (std::getline(in, found) && found == name) return std::stol(entry.path().filename());
  }
  return 0;
}

class CrashAnywhereTest : public CrashTest {
 protected:
  [[nodiscard]] std::unique_ptr<Sink> small_files() const {
    RotatingFileOptions options = file_options();
    options.rotation.size_bytes_max = 256 * KiB;
    options.retention.count_max = 0;
    return rotating_file_sink(options);
  }

  // Logs from several threads, and sends a signal to one of them.
  Ended crash(Counts& counts, int round, bool crash_safe, const std::string& victim) const {
    for (auto& each : counts.now) each.store(0);
    for (auto& each : counts.before_crash) each.store(0);
    return end_of([&] {
      // A janitor that is hit may hold malloc's lock; with a spool, no more time than that is
      // needed.
      const CrashHandler handler({.deadline = std::chrono::seconds(crash_safe ? 1 : 120)});
      BackendOptions options = backend_options(crash_safe);
      options.queue_bytes = 64 * KiB;
      Backend backend(options, small_files());
      const Logger log = backend.logger("app");
      for (int thread = 0; thread < kLoggingThreads; ++thread) {
        std::thread([&, thread] {
          for (std::uint64_t i = 0;; ++i) {
            LATHE_INFO(log, "{} {} {} {}", round, thread, i, "and some text behind the number");
            counts.now[static_cast<std::size_t>(thread)].store(i + 1);
          }
        }).detach();
      }
      long target = victim.empty() ? ::syscall(SYS_gettid) : 0;
      while (target == 0) target = thread_of(victim);  // a thread names itself when it starts
      // On a busy machine, a thread may take its time to start.
      for (const auto& each : counts.now) {
        while (each.load() == 0) std::this_thread::yield();
      }
      // Any moment will do.
      std::this_thread::sleep_for(std::chrono::microseconds(2000 + round * 7919 % 20000));
      for (std::size_t i = 0; i < kLoggingThreads; ++i)
        counts.before_crash[i].store(counts.now[i].load());
      if (::syscall(SYS_tgkill, ::getpid(), target, SIGSEGV) != 0) ::_exit(101);
      for (;;) ::pause();
    });
  }

  // All files of the log, the oldest first.
  [[nodiscard]] std::string all_files() const {
    std::vector<std::pair<std::pair<std::string, int>, std::string>> names;
    for (const auto& entry : std::filesystem::directory_iterator(dir.path() / "logs")) {
      const std::string name = entry.path().filename();
      if (!name.starts_with("app.log.")) continue;
      const std::string stamp = name.substr(8, 15);
      const int sequence = name.size() > 24 ? std::stoi(name.substr(24)) : 0;
      names.push_back({{stamp, sequence}, name});
    }
    std::sort(names.begin(), names.end());
    std::string text;
    for (const auto& [key, name] : names) text += dir.read("logs/" + name);
    // It has no name between the two steps of a rotation.
    const bool has_active = std::filesystem::exists(dir / "logs/app.log");
    return text + (has_active ? dir.read("logs/app.log") : "");
  }

  // Nothing torn, doubled or out of order. Returns how many there are, by round and thread.
  static std::map<std::pair<int, int>, std::uint64_t> read_back(const std::string& text) {
    std::map<std::pair<int, int>, std::uint64_t> found;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
      if (line.find("logs/app.log: ") != std::string::npos) continue;
      int round = 0;
      int thread = 0;
      std::uint64_t number = 0;
      std::string rest;
      std::istringstream fields(line);
      fields >> round >> thread >> number >> std::ws;
      std::getline(fields, rest);
      EXPECT_EQ(rest, "and some text behind the number") << line;
      const std::uint64_t want = found[{round, thread}]++;
      EXPECT_EQ(number, want) << line;
      if (number != want || ::testing::Test::HasFailure()) break;
    }
    EXPECT_TRUE(text.ends_with('\n'));
    return found;
  }
};

TEST_F(CrashAnywhereTest, EveryRecordIsThereOnceAfterTheNextStart) {
  Counts& counts = map_counts();
  const std::string victims[] = {"lathe-io", "", "lathe-io", "lathe-janitor"};
  std::map<std::pair<int, int>, std::uint64_t> returned;
  constexpr int kRounds = 24;
  for (int round = 0; round < kRounds; ++round) {
    const Ended ended = crash(counts, round, true, victims[round % 4]);
    ASSERT_EQ(ended.signal(), SIGSEGV) << ended.said;
    for (int thread = 0; thread < kLoggingThreads; ++thread) {
      returned[{round, thread}] = counts.now[static_cast<std::size_t>(thread)].load();
    }
  }
  { const Backend last(backend_options(), small_files()); }
  EXPECT_FALSE(has_spool());
  const auto found = read_back(all_files());
  for (const auto& [key, count] : returned) {
    const std::uint64_t there = found.contains(key) ? found.at(key) : 0;
    EXPECT_TRUE(there == count || there == count + 1)
        << "round " << key.first << " thread " << key.second << ": " << count << " calls, " << there
        << " records";
  }
}

// Nothing else writes them later: the handler itself must have, up to the signal.
TEST_F(CrashAnywhereTest, WithoutASpoolWhatWasLoggedBeforeTheCrashIsThere) {
  Counts& counts = map_counts();
  const std::string victims[] = {"lathe-io", ""};
  for (int round = 0; round < 16; ++round) {
    SCOPED_TRACE(round);
    std::filesystem::remove_all(dir / "logs");
    std::filesystem::create_directory(dir / "logs");
    const Ended ended = crash(counts, round, false, victims[round % 2]);
    ASSERT_EQ(ended.signal(), SIGSEGV) << ended.said;
    const auto found = read_back(all_files());
    for (int thread = 0; thread < kLoggingThreads; ++thread) {
      const auto index = static_cast<std::size_t>(thread);
      const std::uint64_t there = found.contains({round, thread}) ? found.at({round, thread}) : 0;
      EXPECT_GE(there, counts.before_crash[index].load()) << thread << ended.said;
      EXPECT_LE(there, counts.now[index].load() + 1) << thread;
    }
  }
}

}  // namespace
}  // namespace lathe
