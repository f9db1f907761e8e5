// SPDX-License-Identifier: MIT
//
// A process that ends while it gives queues back, one after another: none of their records may be
// written again, though some queues still hold them.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <lathe/lathe.hpp>

#include "os/memory.hpp"
#include "support/temp_dir.hpp"

namespace lathe {
namespace {

constexpr int kThreads = 3;
constexpr int kCutOff = 7;  // exit status of a child that ended at the queue that was meant

// Where the queues of this process begin: each is a page with its indices, and a ring behind it
// that is mapped twice; see MirroredMemory.
std::vector<std::uintptr_t> queue_pages(const std::string& spools) {
  std::vector<std::uintptr_t> pages;
  std::ifstream maps("/proc/self/maps");
  std::uintptr_t last_begin = 0;
  std::uintptr_t last_end = 0;
  std::uint64_t last_offset = 0;
  for (std::string line; std::getline(maps, line);) {
    if (line.find(spools) == std::string::npos) continue;
    std::istringstream fields(line);
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    std::uint64_t offset = 0;
    std::string mode;
    char dash = 0;
    fields >> std::hex >> begin >> dash >> end >> mode >> offset;
    if (begin == last_end && offset == last_offset + page_bytes()) pages.push_back(last_begin);
    last_begin = begin;
    last_end = end;
    last_offset = offset;
  }
  return pages;
}

class CutOffReleaseTest : public ::testing::Test {
 protected:
  CutOffReleaseTest() { std::filesystem::create_directory(dir / "spool"); }

  BackendOptions backend_options() const {
    return {.spool_directory = dir / "spool", .thread = BackendThread::manual};
  }
  std::unique_ptr<Sink> file() const {
    return rotating_file_sink({.path = dir / "app.log", .pattern = "{logger}|{message}"});
  }

  // Logs from some threads, then ends where the index of the queue with that number is about to
  // change: its page can be read only. Returns the exit status.
  int end_at_release_of(std::size_t queue) const {
    const pid_t child = ::fork();
    if (child == 0) {
      Backend backend(backend_options(), file());
      const Logger log = backend.logger("app");
      std::vector<std::thread> crew;
      for (int i = 0; i < kThreads; ++i) {
        crew.emplace_back([&log, i] {
          for (int j = 0; j < 3; ++j) log.info("{} {}", i, j);
        });
      }
      for (std::thread& each : crew) each.join();
      (void)::signal(SIGSEGV, [](int) { ::_exit(kCutOff); });
      const auto pages = queue_pages(dir / "spool");
      if (queue >= pages.size()) ::_exit(0);
      void* const page = reinterpret_cast<void*>(pages[queue]);
      if (::mprotect(page, page_bytes(), PROT_READ) != 0) ::_exit(1);
      while (backend.step()) {
      }
      ::_exit(0);
    }
    int status = -1;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status));
    return WEXITSTATUS(status);
  }

  // Of the program's records: each thread's, in order; and nothing else.
  void expect_each_record_once() const {
    std::vector<int> next(kThreads, 0);
    std::ifstream in(dir / "app.log");
    for (std::string line; std::getline(in, line);) {
      if (line.starts_with("lathe|")) continue;
      int thread = -1;
      int number = -1;
      ASSERT_EQ(std::sscanf(line.c_str(), "app|%d %d", &thread, &number), 2) << line;
      ASSERT_LT(static_cast<std::size_t>(thread), next.size()) << line;
      EXPECT_EQ(number, next[static_cast<std::size_t>(thread)]++) << line;
    }
    EXPECT_EQ(next, std::vector<int>(kThreads, 3));
  }

  TempDir dir;
};

TEST_F(CutOffReleaseTest, WritesEveryRecordOnceWhicheverQueueIsNotReleased) {
  int cut_off = 0;
  for (std::size_t queue = 0; queue < 2 * kThreads; ++queue) {
    SCOPED_TRACE(queue);
    const int status = end_at_release_of(queue);
    ASSERT_TRUE(status == kCutOff || status == 0) << status;
    cut_off += status == kCutOff;
    { const Backend next(backend_options(), file()); }
    expect_each_record_once();
    EXPECT_TRUE(std::filesystem::is_empty(dir / "spool")) << "kept, or left behind";
    std::filesystem::remove(dir / "app.log");
  }
  EXPECT_EQ(cut_off, kThreads);
}

}  // namespace
}  // namespace lathe
