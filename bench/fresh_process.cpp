// SPDX-License-Identifier: MIT

#include "fresh_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "tools/supervisor.hpp"
#include "tools/temporary_folder.hpp"

extern char** environ;

namespace lathe::bench {
namespace {

using tools::Descriptor;

[[noreturn]] void fail(int error, const char* call) {
  throw std::system_error(error, std::generic_category(), call);
}

// Starts this program with its standard output going to `output`.
pid_t start(std::vector<std::string>& arguments, int output) {
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) {
    argv.push_back(argument.data());
  }
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  if (const int error = ::posix_spawn_file_actions_init(&actions)) {
    fail(error, "posix_spawn_file_actions_init");
  }
  pid_t child = 0;
  int error = ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  if (error == 0) {
    error = ::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, argv.data(), environ);
  }
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    fail(error, "posix_spawn");
  }
  return child;
}

std::string read_all(int input) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t count = ::read(input, buffer, sizeof(buffer));
    if (count == 0) {
      return text;
    }
    if (count > 0) {
      text.append(buffer, static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      fail(errno, "read from a measurement");
    }
  }
}

int status_of(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) {
      fail(errno, "waitpid");
    }
  }
  return status;
}

}  // namespace

std::vector<double> numbers_of_fresh_process(std::vector<std::string> arguments) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    fail(errno, "pipe2");
  }
  const Descriptor read_end(ends[0]);
  pid_t child = 0;
  {
    const Descriptor write_end(ends[1]);  // closed here, or the end of the text would never come
    child = start(arguments, write_end.number());
  }
  const std::string text = read_all(read_end.number());
  const int status = status_of(child);
  if (status != 0) {
    throw std::runtime_error(fmt::format(
        "the run '{}' {}", fmt::join(arguments, " "),
        WIFSIGNALED(status) ? fmt::format("was ended by signal {}", WTERMSIG(status)) : "failed"));
  }
  std::istringstream input(text);
  std::vector<double> numbers;
  for (double number = 0; input >> number;) {
    numbers.push_back(number);
  }
  return numbers;
}

std::vector<double> numbers_of_fresh_process_in(const std::string& parent,
                                                std::vector<std::string> arguments) {
  const tools::TemporaryFolder folder(parent);
  arguments.insert(arguments.end(), {"--dir", folder.path()});
  return numbers_of_fresh_process(std::move(arguments));
}

void print_numbers(const std::vector<double>& numbers) {
  fmt::print("{}\n", fmt::join(numbers, " "));
}

}  // namespace lathe::bench
