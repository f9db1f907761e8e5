// SPDX-License-Identifier: MIT

#include "child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <system_error>

extern char** environ;

namespace lathe::bench {
namespace {

// A new directory that is removed with everything in it.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::string& parent) : path_(parent + "/lathe-bench-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) {
      throw std::system_error(errno, std::generic_category(), path_);
    }
  }
  ~TemporaryFolder() {
    std::error_code ignored;  // nothing to be done about it
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Starts this program with its standard output going to `output`.
pid_t start(std::vector<std::string> arguments, int output) {
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) {
    argv.push_back(argument.data());
  }
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  pid_t child = 0;
  const int error =
      ::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    throw std::system_error(error, std::generic_category(), "posix_spawn");
  }
  return child;
}

std::string read_all(int input) {
  std::string text;
  char buffer[1024];
  for (ssize_t count = 0; (count = ::read(input, buffer, sizeof(buffer))) > 0;) {
    text.append(buffer, static_cast<std::size_t>(count));
  }
  return text;
}

}  // namespace

Report run_in_child(const Contender& contender, const RunOptions& options) {
  const TemporaryFolder folder(options.folder);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    throw std::system_error(errno, std::generic_category(), "pipe2");
  }
  const pid_t child =
      start({program_invocation_short_name, "--one", contender.name, "--dir", folder.path(),
             "--records", std::to_string(options.records), "--batches",
             std::to_string(options.batches), "--seconds", std::to_string(options.idle_seconds)},
            ends[1]);
  ::close(ends[1]);
  std::istringstream numbers(read_all(ends[0]));
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw std::runtime_error(fmt::format("{} failed", contender.name));
  }
  Report report;
  for (double number = 0; numbers >> number;) {
    report.push_back(number);
  }
  return report;
}

int run_one(const std::string& name, const RunOptions& options) {
  for (const Contender& contender : all_contenders()) {
    if (contender.name == name) {
      fmt::print("{}\n", fmt::join(contender.run(options), " "));
      return 0;
    }
  }
  fmt::print(stderr, "{}: there is no contender '{}'\n", program_invocation_short_name, name);
  return 2;
}

}  // namespace lathe::bench
