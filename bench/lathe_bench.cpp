// SPDX-License-Identifier: MIT
//
// lathe_bench: what logging costs, beside what it cannot cost less than, and spdlog where it is
// installed. Tables in plain text.

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "contender_rounds.hpp"
#include "machine.hpp"
#include "tables.hpp"

namespace lathe::bench {
namespace {

constexpr const char* kHelp =
    R"(lathe_bench: latency and throughput of lathe, beside spdlog where it was found

  --latency  --throughput  --first-call  --idle  --memory  --rotation
                    which parts to run; all of them unless told
  --rounds N        rounds of the two tables, contenders in turn (5)
  --batches N       latency: batches of 20 calls in a round (2000, which take 4.2 s)
  --records N       throughput: records in a round (2000000)
  --seconds N       idle: how long to look (10)
  --dir PATH        where to write; a new directory is made there and removed (TMPDIR or /tmp)
  --quick           a smoke test of a few seconds; its numbers say nothing

LATHE_BENCH_CPUS=0,1 pins the thread that logs to the first CPU and the I/O thread to the second.
Exit status: 0; 1 if a run failed or its output was wrong; 2 for a wrong option.
)";

struct Command {
  RunOptions run{.folder = std::filesystem::temp_directory_path(),
                 .records = 2'000'000,
                 .batches = 2000,
                 .idle_seconds = 10};
  unsigned rounds = 5;
  bool latency = false;
  bool throughput = false;
  bool first_call = false;
  bool idle = false;
  bool memory = false;
  bool rotation = false;
  std::string one;
};

[[noreturn]] void refuse(std::string_view text) {
  fmt::print(stderr, "lathe_bench: {}; see --help\n", text);
  std::exit(2);
}

template <class Number>
void read_number(std::string_view option, std::string_view text, Number& number) {
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || rest != end || number <= 0) {
    refuse(fmt::format("{}: '{}' is not a number above zero", option, text));
  }
}

// Returns whether the option is a switch that is known.
bool read_switch(std::string_view option, Command& command) {
  if (option == "--latency") {
    command.latency = true;
  } else if (option == "--throughput") {
    command.throughput = true;
  } else if (option == "--first-call") {
    command.first_call = true;
  } else if (option == "--idle") {
    command.idle = true;
  } else if (option == "--memory") {
    command.memory = true;
  } else if (option == "--rotation") {
    command.rotation = true;
  } else if (option == "--quick") {
    command.rounds = 1;
    command.run.batches = 50;
    command.run.records = 100'000;
    command.run.idle_seconds = 0.5;
  } else {
    return false;
  }
  return true;
}

void read_value(std::string_view option, std::string_view value, Command& command) {
  if (option == "--rounds") {
    read_number(option, value, command.rounds);
  } else if (option == "--batches") {
    read_number(option, value, command.run.batches);
  } else if (option == "--records") {
    read_number(option, value, command.run.records);
  } else if (option == "--seconds") {
    read_number(option, value, command.run.idle_seconds);
  } else if (option == "--dir") {
    command.run.folder = value;
  } else if (option == "--one") {
    command.one = value;
  } else {
    refuse(fmt::format("'{}' is no option", option));
  }
}

Command read_arguments(int argc, char** argv) {
  Command command;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--help") {
      std::fputs(kHelp, stdout);
      std::exit(0);
    }
    if (read_switch(option, command)) {
      continue;
    }
    if (i + 1 == argc) {
      refuse(fmt::format("'{}' is no option, or its value is missing", option));
    }
    read_value(option, argv[++i], command);
  }
  if (!(command.latency || command.throughput || command.first_call || command.idle ||
        command.memory || command.rotation)) {
    command.latency = command.throughput = command.first_call = true;
    command.idle = command.memory = command.rotation = true;
  }
  return command;
}

int run(const Command& command) {
  if (!command.one.empty()) {
    return run_one(command.one, command.run);
  }
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  fmt::print("{}", machine_text());
  if (command.latency) {
    print_latency_table(command.run, command.rounds);
  }
  if (command.throughput) {
    print_throughput_table(command.run, command.rounds);
  }
  if (command.first_call) {
    print_first_call(command.run);
  }
  if (command.idle) {
    print_idle(command.run);
  }
  if (command.memory) {
    print_memory(command.run);
  }
  if (command.rotation) {
    print_rotation(command.run);
  }
  return 0;
}

}  // namespace

std::vector<Contender> all_contenders() {
  std::vector<Contender> all;
  const auto add = [&all](std::span<const Contender> some) {
    all.insert(all.end(), some.begin(), some.end());
  };
  add(lathe_contenders());
#ifdef LATHE_BENCH_SPDLOG
  add(spdlog_contenders());
#endif
  add(upkeep_contenders());
  add(rotation_contenders());
  return all;
}

}  // namespace lathe::bench

int main(int argc, char** argv) {
  try {
    return lathe::bench::run(lathe::bench::read_arguments(argc, argv));
  } catch (const std::exception& error) {
    fmt::print(stderr, "lathe_bench: {}\n", error.what());
    return 1;
  }
}
