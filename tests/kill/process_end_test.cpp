// SPDX-License-Identifier: MIT
//
// However a process ends, and whatever it forks, each record is in the log once.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <lathe/lathe.hpp>

#include "support/temp_dir.hpp"

namespace lathe {
namespace {

class ProcessEndTest : public ::testing::Test {
 protected:
  ProcessEndTest() { std::filesystem::create_directory(dir / "spool"); }

  BackendOptions backend_options() const { return {.spool_directory = dir / "spool"}; }
  std::unique_ptr<Sink> file(const std::string& name = "app.log") const {
    return rotating_file_sink({.path = dir / name,
                               .rotation = {.size_bytes_max = 16 * KiB},
                               .pattern = "{logger}|{message}"});
  }

  // All lines of the log and its backups but those of lathe itself, and how often each is there.
  std::map<std::string, int> lines(const std::string& name = "app.log") const {
    std::map<std::string, int> found;
    for (const auto& entry : std::filesystem::directory_iterator(dir / ".")) {
      if (!entry.path().filename().string().starts_with(name)) continue;
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) {
        if (!line.starts_with("lathe|")) ++found[line];
      }
    }
    return found;
  }

  TempDir dir;
};

constexpr int kRecords = 1000;

void throw_it() { throw std::runtime_error("nobody catches this"); }
void throw_for_nobody() noexcept { throw_it(); }

struct End {
  const char* name;
  int signal;  // 0: exit status 0
  std::function<void()> end;
};

const End kEnds[] = {
    {"exit past a backend that is a local variable", 0, [] { std::exit(0); }},
    {"exit of another thread", 0, [] { std::thread([] { std::exit(0); }).join(); }},
    {"quick_exit", 0, [] { std::quick_exit(0); }},
    {"_exit", 0, [] { ::_exit(0); }},
    {"abort", SIGABRT, [] { std::abort(); }},
    {"an exception that nobody catches", SIGABRT, throw_for_nobody},
    {"SIGSEGV", SIGSEGV, [] { (void)std::raise(SIGSEGV); }},
    {"SIGTERM", SIGTERM, [] { (void)std::raise(SIGTERM); }},
    {"SIGKILL", SIGKILL, [] { (void)std::raise(SIGKILL); }},
};

TEST_F(ProcessEndTest, WhateverEndsAProcessTheNextOneWritesWhatItHadLogged) {
  int round = 0;
  for (const End& each : kEnds) {
    SCOPED_TRACE(each.name);
    const pid_t child = ::fork();
    if (child == 0) {
      // No core; and nothing of the sanitizers, which would make an exit of a signal.
      const rlimit none{};
      (void)::setrlimit(RLIMIT_CORE, &none);
      (void)std::signal(SIGSEGV, SIG_DFL);
      (void)std::signal(SIGABRT, SIG_DFL);
      if (std::freopen("/dev/null", "w", stderr) == nullptr) ::_exit(1);
      Backend backend(backend_options(), file());
      for (int i = 0; i < kRecords; ++i) backend.logger("app").info("{} {}", round, i);
      each.end();
      ::_exit(2);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    if (each.signal == 0) {
      EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    } else {
      EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == each.signal) << status;
    }
    { const Backend next(backend_options(), file()); }
    std::map<std::string, int> found = lines();
    for (int i = 0; i < kRecords; ++i) {
      ASSERT_EQ(found["app|" + std::to_string(round) + " " + std::to_string(i)], 1) << i;
    }
    ASSERT_EQ(found.size(), static_cast<std::size_t>(++round) * kRecords);
  }
}

// What a child of fork() may do with what it has inherited.
void live_as_child(int number, Backend& backend, const Logger& log) {
  for (int i = 0; i < 5; ++i) log.info("from child {}", number);
  if (backend.flush() != std::errc::operation_not_supported) ::_exit(3);
  if (number % 3 == 0) ::_exit(0);
  if (number % 3 == 1) std::quick_exit(0);
  ::execl("/bin/sh", "sh", "-c", "exit 0", static_cast<char*>(nullptr));
  ::_exit(4);
}

TEST_F(ProcessEndTest, AStormOfForksWhileOthersLogDoublesAndLosesNothing) {
  constexpr int kChildren = 30;
  constexpr std::size_t kThreads = 2;
  std::vector<int> logged(kThreads);
  {
    Backend backend(backend_options(), file());
    const Logger log = backend.logger("app");
    log.info("queued before");
    std::atomic<bool> is_over{false};
    std::vector<std::thread> crew;
    for (std::size_t thread = 0; thread < kThreads; ++thread) {
      crew.emplace_back([&, thread] {
        // The order of these with what others do is of no interest: hence relaxed.
        while (!is_over.load(std::memory_order_relaxed))
          log.info("{} {}", thread, logged[thread]++);
      });
    }
    for (int number = 0; number < kChildren; ++number) {
      const pid_t child = ::fork();
      ASSERT_GE(child, 0);
      if (child == 0) live_as_child(number, backend, log);
      int status = 0;
      ASSERT_EQ(::waitpid(child, &status, 0), child);
      EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << number << ": " << status;
    }
    is_over.store(true, std::memory_order_relaxed);  // see above
    for (std::thread& each : crew) each.join();
    EXPECT_FALSE(backend.sync());
  }
  std::map<std::string, int> found = lines();
  EXPECT_EQ(found.erase("app|queued before"), 1U);
  std::size_t total = 0;
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    total += static_cast<std::size_t>(logged[thread]);
    for (int i = 0; i < logged[thread]; ++i) {
      ASSERT_EQ(found["app|" + std::to_string(thread) + " " + std::to_string(i)], 1);
    }
  }
  EXPECT_EQ(found.size(), total) << "nothing of a child is in its parent's log";
}

TEST_F(ProcessEndTest, AForkedChildMayHaveABackendOfItsOwn) {
  {
    Backend backend(backend_options(), file());
    backend.logger("app").info("the parent");
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      {
        Backend own(backend_options(), file("child.log"));
        own.logger("app").info("the child");
        if (own.sync()) ::_exit(1);
      }
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(lines(), (std::map<std::string, int>{{"app|the parent", 1}}));
  EXPECT_EQ(lines("child.log"), (std::map<std::string, int>{{"app|the child", 1}}));
}

}  // namespace
}  // namespace lathe
