// SPDX-License-Identifier: MIT
//
// Threads, a real rotating file, and every line read back.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <lathe/lathe.hpp>

#include "support/backup_names.hpp"
#include "support/temp_dir.hpp"

namespace lathe {
namespace {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t kRecordsPerThread = 5'000;
constexpr std::uint64_t kFileBytes = 16 * KiB;
#else
constexpr std::uint64_t kRecordsPerThread = 50'000;
constexpr std::uint64_t kFileBytes = 64 * KiB;
#endif

// Backups in their order, then the active file.
std::vector<std::filesystem::path> files_in_order(const std::filesystem::path& active) {
  std::vector<std::pair<BackupName, std::filesystem::path>> backups;
  for (const auto& entry : std::filesystem::directory_iterator(active.parent_path())) {
    if (const auto name =
            parse_backup_name(active.filename().string(), entry.path().filename().string())) {
      backups.emplace_back(*name, entry.path());
    }
  }
  std::sort(backups.begin(), backups.end());
  std::vector<std::filesystem::path> files;
  for (const auto& [name, path] : backups) {
    files.push_back(path);
  }
  files.push_back(active);
  return files;
}

TEST(FileStressTest, EveryRecordOfFourThreadsIsInOneFileOnceAndInOrder) {
  const TempDir directory;
  const std::filesystem::path path = std::filesystem::path(directory.path()) / "app.log";
  {
    Backend backend{{.queue_bytes = 16 * KiB},
                    rotating_file_sink({.path = path.string(),
                                        .rotation = {.size_bytes_max = kFileBytes},
                                        .pattern = "{message}"})};
    const Logger log = backend.logger("app");
    std::vector<std::thread> threads;
    for (unsigned thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&log, thread] {
        for (std::uint64_t i = 0; i < kRecordsPerThread; ++i) {
          LATHE_INFO(log.deferred(), "{} {} end", thread, i);
        }
      });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    ASSERT_FALSE(backend.sync());
    const Stats stats = backend.stats();
    EXPECT_EQ(stats.records_written, 4 * kRecordsPerThread);
    EXPECT_GT(stats.rotations, 5U);
    EXPECT_EQ(stats.rotation_errors, 0U);
  }
  const auto files = files_in_order(path);
  EXPECT_GT(files.size(), 5U);
  std::map<unsigned, std::uint64_t> next;
  for (const auto& file : files) {
    EXPECT_LE(std::filesystem::file_size(file), kFileBytes);
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
      unsigned thread = 0;
      unsigned long long number = 0;
      char end[8] = {};
      ASSERT_EQ(std::sscanf(line.c_str(), "%u %llu %4s", &thread, &number, end), 3) << line;
      ASSERT_STREQ(end, "end");
      ASSERT_EQ(number, next[thread]) << "thread " << thread << " in " << file;
      ++next[thread];
    }
  }
  for (unsigned thread = 0; thread < 4; ++thread) {
    EXPECT_EQ(next[thread], kRecordsPerThread);
  }
}

}  // namespace
}  // namespace lathe
