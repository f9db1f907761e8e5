// SPDX-License-Identifier: MIT
//
// Children that crash, and what they leave.

#pragma once

#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <lathe/lathe.hpp>

#include "support/temp_dir.hpp"

namespace lathe {

// How a child ended.
struct Ended {
  int status = 0;
  std::string said;  // on stderr

  [[nodiscard]] int signal() const { return WIFSIGNALED(status) ? WTERMSIG(status) : 0; }
  [[nodiscard]] int exit_code() const { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }
};

// Runs `job` in a child; status 0 if it returns. Core files are not made unless the child asks.
inline Ended end_of(const std::function<void()>& job) {
  int pipe_ends[2];
  if (::pipe(pipe_ends) != 0) std::abort();
  const pid_t child = ::fork();
  if (child < 0) std::abort();
  if (child == 0) {
    rlimit no_core{};
    if (::getrlimit(RLIMIT_CORE, &no_core) != 0) ::_exit(100);
    no_core.rlim_cur = 0;
    if (::setrlimit(RLIMIT_CORE, &no_core) != 0) ::_exit(100);
    if (::dup2(pipe_ends[1], STDERR_FILENO) < 0) ::_exit(100);
    ::close(pipe_ends[0]);
    ::close(pipe_ends[1]);
    ::alarm(240);  // ends hangs
    job();
    ::_exit(0);
  }
  ::close(pipe_ends[1]);
  Ended ended;
  char bytes[4096];
  for (ssize_t count = 0; (count = ::read(pipe_ends[0], bytes, sizeof(bytes))) > 0;) {
    ended.said.append(bytes, static_cast<std::size_t>(count));
  }
  ::close(pipe_ends[0]);
  if (::waitpid(child, &ended.status, 0) != child) std::abort();
  return ended;
}

class CrashTest : public ::testing::Test {
 protected:
  CrashTest() {
    std::filesystem::create_directory(dir / "spool");
    std::filesystem::create_directory(dir / "logs");
  }

  [[nodiscard]] BackendOptions backend_options(bool crash_safe = true) const {
    BackendOptions options;
    options.crash_safe = crash_safe;
    options.spool_directory = dir / "spool";
    options.level = Level::trace;
    return options;
  }
  [[nodiscard]] RotatingFileOptions file_options(const std::string& name = "app.log") const {
    return {.path = dir / ("logs/" + name), .pattern = "{message}"};
  }
  [[nodiscard]] std::unique_ptr<Sink> file(const std::string& name = "app.log") const {
    return rotating_file_sink(file_options(name));
  }

  // A backend that opens the file and ends; returns what it says of recovered records.
  [[nodiscard]] std::uint64_t restart() const {
    const Backend backend(backend_options(), file());
    return backend.stats().records_recovered;
  }

  // Without what lathe says of itself.
  [[nodiscard]] std::string log(const std::string& name = "app.log") const {
    std::ifstream in(dir / ("logs/" + name), std::ios::binary);
    std::string text;
    for (std::string line; std::getline(in, line);) {
      if (line.find("logs/") == std::string::npos) text += line + (in.eof() ? "" : "\n");
    }
    return text;
  }
  [[nodiscard]] bool has_spool() const { return !std::filesystem::is_empty(dir.path() / "spool"); }

  // "0\n1\n2\n"...
  [[nodiscard]] static std::string numbers(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += std::to_string(i) + "\n";
    return text;
  }

  TempDir dir;
};

// However busy the machine is: what is to be written is.
inline CrashHandlerOptions patient() { return {.deadline = std::chrono::minutes(2)}; }

// Ends the process as the compiler cannot foresee.
__attribute__((no_sanitize("undefined"))) inline void write_to_null() {
  static int* volatile nowhere = nullptr;
  *nowhere = 1;
}

}  // namespace lathe
