// SPDX-License-Identifier: MIT
//
// Rotations by the thousand under threads that log, on a real file system, and every line read
// back.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <lathe/lathe.hpp>

#include "core/backup_name.hpp"
#include "core/calendar.hpp"
#include "core/options_check.hpp"
#include "support/temp_dir.hpp"

namespace lathe {
namespace {

constexpr unsigned kThreads = 4;
// Records of 16 bytes, four to a file of the smallest size: a rotation for every four records.
constexpr std::uint64_t kRecordBytes = 16;
constexpr std::uint64_t kRecordsPerFile = kRotationBytesMin / kRecordBytes;

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t kRotations = 1'000;
#else
constexpr std::uint64_t kRotations = 10'000;
#endif

using Progress = std::array<std::uint64_t, kThreads>;

// What is checked of each file; the directory has nothing else in it but hidden files.
struct Found {
  std::uint64_t backups = 0;
  std::uint64_t bytes_max = 0;  // of one file
  Progress records = {};        // of each thread
};

class RotationStressTest : public testing::Test {
 protected:
  RotatingFileOptions options() const {
    return {.path = directory_ / "app.log",
            .sync = {.interval = std::chrono::nanoseconds(0),
                     .level_min = Level::off,
                     .on_rotate = false},
            .pattern = "{message}"};
  }

  // Runs `log(thread, number)` on all threads for `count` records each.
  template <typename Log>
  static void run_threads(std::uint64_t count, const Log& log) {
    std::vector<std::thread> threads;
    for (unsigned thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&log, thread, count] {
        for (std::uint64_t number = 0; number < count; ++number) log(thread, number);
      });
    }
    for (std::thread& thread : threads) thread.join();
  }

  static void log_record(const Logger& log, unsigned thread, std::uint64_t number) {
    LATHE_INFO(log, "{} {:09} end", thread, number);  // kRecordBytes with its line end
  }

  // The files in the order of their names, oldest first, and then the active one. Their names are
  // what was made for them: parse() is exact.
  std::vector<std::filesystem::path> files_in_order() const {
    const BackupNames names({}, "app.log", local_offset);
    std::vector<std::pair<BackupName, std::filesystem::path>> backups;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
      const std::string name = entry.path().filename().string();
      if (const auto parsed = names.parse(name)) {
        backups.emplace_back(parsed->name, entry.path());
      } else {
        EXPECT_TRUE(name == "app.log" || name.starts_with(".app.log.")) << name;
      }
    }
    std::sort(backups.begin(), backups.end());
    std::vector<std::filesystem::path> files;
    files.reserve(backups.size() + 1);
    for (auto& [name, path] : backups) files.push_back(std::move(path));
    files.push_back(directory_.path() / "app.log");
    return files;
  }

  // Reads all of it; each thread's records must come in their order, without a gap.
  Found read_back() const {
    Found found;
    const std::vector<std::filesystem::path> files = files_in_order();
    found.backups = files.size() - 1;
    for (const auto& file : files) {
      found.bytes_max = std::max<std::uint64_t>(found.bytes_max, std::filesystem::file_size(file));
      read_file(file, found.records);
      if (HasFailure()) break;  // of what follows, nothing would be as expected
    }
    return found;
  }

  static void read_file(const std::filesystem::path& file, Progress& records) {
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      ASSERT_FALSE(in.eof()) << "a line without its end in " << file << ": " << line;
      unsigned thread = 0;
      unsigned long long number = 0;
      char end[8] = {};
      ASSERT_EQ(std::sscanf(line.c_str(), "%u %llu %4s", &thread, &number, end), 3) << line;
      ASSERT_LT(thread, kThreads) << line;
      ASSERT_STREQ(end, "end") << line;
      ASSERT_EQ(number, records[thread]) << "thread " << thread << " in " << file;
      ++records[thread];
    }
  }

  static Progress all_of(std::uint64_t count) {
    Progress progress;
    progress.fill(count);
    return progress;
  }

  TempDir directory_;
};

TEST_F(RotationStressTest, TenThousandRotationsKeepEveryRecordInOrder) {
  constexpr std::uint64_t kRecords = kRotations * kRecordsPerFile / kThreads + 1;
  std::uint64_t rotations = 0;
  {
    RotatingFileOptions file = options();
    file.rotation.size_bytes_max = kRotationBytesMin;
    Backend backend{{}, rotating_file_sink(file)};
    const Logger log = backend.logger("app");
    run_threads(kRecords,
                [&](unsigned thread, std::uint64_t number) { log_record(log, thread, number); });
    ASSERT_FALSE(backend.flush());
    const Stats stats = backend.stats();
    rotations = stats.rotations;
    EXPECT_EQ(stats.records_written, kThreads * kRecords);
    EXPECT_EQ(stats.rotation_errors, 0U);
  }
  const Found found = read_back();
  EXPECT_EQ(found.records, all_of(kRecords));
  EXPECT_EQ(found.backups, rotations);  // no name was given twice: none is missing
  EXPECT_EQ(found.backups, kRotations);
  EXPECT_EQ(found.bytes_max, kRotationBytesMin);
}

// Each file is synced before it is closed, which takes longer than filling it; until then it is
// open. Fewer files than a process may have open by default, so that none of this is a failure.
TEST_F(RotationStressTest, RotationsFasterThanTheirSyncsLoseNothing) {
  constexpr std::uint64_t kRecords = 500 * kRecordsPerFile / kThreads + 1;
  std::uint64_t rotations = 0;
  {
    RotatingFileOptions file = options();
    file.rotation.size_bytes_max = kRotationBytesMin;
    file.sync = {};
    Backend backend{{}, rotating_file_sink(file)};
    const Logger log = backend.logger("app");
    run_threads(kRecords,
                [&](unsigned thread, std::uint64_t number) { log_record(log, thread, number); });
    ASSERT_FALSE(backend.sync());
    const Stats stats = backend.stats();
    rotations = stats.rotations;
    EXPECT_EQ(stats.sync_errors, 0U);
    EXPECT_EQ(stats.rotation_errors, 0U);
  }
  const Found found = read_back();
  EXPECT_EQ(found.records, all_of(kRecords));
  EXPECT_EQ(found.backups, rotations);
  EXPECT_EQ(found.bytes_max, kRotationBytesMin);
}

TEST_F(RotationStressTest, RotatingByHandAllTheTimeTearsNothing) {
  constexpr std::uint64_t kRecords = 4 * kRotations;
  std::uint64_t rotations = 0;
  {
    Backend backend{{}, rotating_file_sink(options())};
    const Logger log = backend.logger("app");
    std::atomic<bool> has_ended = false;
    std::thread rotator([&] {
      while (!has_ended) EXPECT_FALSE(backend.rotate());
    });
    run_threads(kRecords,
                [&](unsigned thread, std::uint64_t number) { log_record(log, thread, number); });
    has_ended = true;
    rotator.join();
    ASSERT_FALSE(backend.flush());
    rotations = backend.stats().rotations;
  }
  const Found found = read_back();
  EXPECT_EQ(found.records, all_of(kRecords));
  EXPECT_GT(found.backups, 0U);
  EXPECT_EQ(found.backups, rotations);
}

TEST_F(RotationStressTest, RotatingByTheClockTearsNothing) {
  constexpr std::uint64_t kRotationsWanted = 3;
  std::uint64_t rotations = 0;
  Progress sent = {};
  {
    RotatingFileOptions file = options();
    file.rotation.interval = std::chrono::seconds(1);
    Backend backend{{}, rotating_file_sink(file)};
    const Logger log = backend.logger("app");
    while (backend.stats().rotations < kRotationsWanted) {
      // A little at a time, written out before the next: seconds at full speed would fill disks.
      constexpr std::uint64_t kRecords = 100;
      run_threads(kRecords, [&](unsigned thread, std::uint64_t number) {
        log_record(log, thread, sent[thread] + number);
      });
      for (std::uint64_t& count : sent) count += kRecords;
      ASSERT_FALSE(backend.flush());
    }
    rotations = backend.stats().rotations;
  }
  const Found found = read_back();
  EXPECT_EQ(found.records, sent);
  EXPECT_GE(found.backups, rotations);  // one more, if a second began before the end
  std::vector<std::filesystem::path> backups = files_in_order();
  backups.pop_back();
  for (const auto& file : backups) EXPECT_GT(std::filesystem::file_size(file), 0U) << file;
}

}  // namespace
}  // namespace lathe
