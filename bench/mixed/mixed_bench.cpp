// SPDX-License-Identifier: MIT
//
// mixed_bench: what logging costs a program that has something else to do. A request handler under
// load, with each logger, beside the same without logging. Tables in plain text.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "command_line.hpp"
#include "machine.hpp"
#include "mixed_table.hpp"

namespace lathe::bench {
namespace {

constexpr const char* kFooter = R"(
--work sets how long a request takes: at best so that no logging takes about
5,000 requests a second in the closed loop.

LATHE_BENCH_CPUS=0,1 pins the worker to the first CPU and the logger's thread to
the second.
Exit status: 0; 1 if a run failed or its output was wrong; 2 for a wrong option.)";

struct Command {
  unsigned rounds = 5;
  double seconds = 2;
  unsigned work = 6;
  std::vector<unsigned> open{50, 70, 90};
  std::vector<std::string> names;
  std::string folder = std::filesystem::temp_directory_path();
  bool quick = false;
  std::string one;  // for the processes that we start
  double rate = 0;
};

void add_options(CLI::App& app, Command& command) {
  app.add_option("--rounds", command.rounds, "Rounds, loggers in turn")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--seconds", command.seconds, "How long each load lasts")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  app.add_option("--work", command.work, "Passes of the hash over 256 KiB in each request")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_option("--open", command.open, "Open loops: percent of what no logging takes")
      ->delimiter(',')
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--logs", command.names, "Only these and none: " + log_names())->delimiter(',');
  app.add_option("--dir", command.folder, "Write below this (TMPDIR or /tmp); removed at the end")
      ->check(CLI::ExistingDirectory);
  app.add_flag("--quick", command.quick, "A smoke test of a few seconds; its numbers say nothing");
  app.add_option("--one", command.one)->group("");
  app.add_option("--rate", command.rate)->group("");
}

LogKind log_of(const std::string& name) {
  const std::vector<LogKind> logs = all_logs();
  const LogKind* const log = find_log(logs, name);
  if (log == nullptr) {
    throw CLI::ValidationError(
        "--logs", fmt::format("there is no logger '{}'; there are {}", name, log_names()));
  }
  return *log;
}

// All, or those that were asked for, behind the one that they are compared with.
std::vector<LogKind> chosen_logs(const std::vector<std::string>& names) {
  if (names.empty()) {
    return all_logs();
  }
  std::vector<LogKind> logs{log_of(std::string(kNoLog))};
  for (const std::string& name : names) {
    const LogKind log = log_of(name);
    if (find_log(logs, name) == nullptr) {
      logs.push_back(log);
    }
  }
  return logs;
}

void run(const Command& command) {
  if (!command.one.empty()) {
    run_mixed({.log = log_of(command.one),
               .rate_per_s = command.rate,
               .seconds = command.seconds,
               .work = command.work,
               .folder = command.folder});
    return;
  }
  MixedPlan plan{.logs = chosen_logs(command.names),
                 .open = command.open,
                 .rounds = command.rounds,
                 .seconds = command.seconds,
                 .work = command.work,
                 .folder = command.folder};
  if (command.quick) {
    plan.rounds = 1;
    plan.seconds = 0.1;
    plan.open = {70};
  }
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  fmt::print("{}", machine_text());
  print_mixed_tables(plan);
}

}  // namespace
}  // namespace lathe::bench

int main(int argc, char** argv) {
  using namespace lathe::bench;
  CLI::App app{"What logging costs a program that has something else to do", "mixed_bench"};
  Command command;
  app.footer(kFooter);
  add_options(app, command);
  return run_command(app, argc, argv, [&] { run(command); });
}
