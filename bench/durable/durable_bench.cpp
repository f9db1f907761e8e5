// SPDX-License-Identifier: MIT
//
// durable_bench: how many records a second are on the device when their calls return, and what
// crash-safe queues cost. Tables in plain text.

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "contender_rounds.hpp"
#include "contenders.hpp"
#include "machine.hpp"

namespace lathe::bench {
namespace {

constexpr const char* kHelp =
    R"(durable_bench: records on the device per second, and what calls pay for safety

  --durable         16 threads whose calls wait for the device, against a sync for each record
  --crash-safe      calls and throughput with crash_safe, and without
  --late            calls with a sync every 20 ms, and with each of them 100 ms late
                    (all of them unless told)
  --rounds N        rounds, contenders in turn (7)
  --records N       durable records of a contender in a round (3200)
  --batches N       crash-safe, late: batches of 20 calls in a round (1000, which take 2.1 s)
  --lines N         crash-safe: records in a round of the throughput (2000000)
  --dir PATH        where to write; a new directory is made there and removed (TMPDIR or /tmp)
  --quick           a smoke test of a few seconds; its numbers say nothing

LATHE_BENCH_CPUS=0,1 pins the thread that logs to the first CPU and the I/O thread to the second
(crash-safe only). Exit status: 0; 1 if a run failed or its output was wrong; 2 for a wrong option.
)";

struct Command {
  RunOptions run{
      .folder = std::filesystem::temp_directory_path(), .records = 3200, .batches = 1000};
  std::uint64_t lines = 2'000'000;
  unsigned rounds = 7;
  bool durable = false;
  bool crash_safe = false;
  bool late = false;
  std::string one;
};

[[noreturn]] void refuse(std::string_view text) {
  fmt::print(stderr, "durable_bench: {}; see --help\n", text);
  std::exit(2);
}

template <class Number>
void read_number(std::string_view option, std::string_view text, Number min, Number& number) {
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || rest != end || number < min) {
    refuse(fmt::format("{}: '{}' is not a number from {} on", option, text, min));
  }
}

bool read_switch(std::string_view option, Command& command) {
  if (option == "--durable") {
    command.durable = true;
  } else if (option == "--crash-safe") {
    command.crash_safe = true;
  } else if (option == "--late") {
    command.late = true;
  } else if (option == "--quick") {
    command.rounds = 1;
    command.run.records = 160;
    command.run.batches = 50;
    command.lines = 100'000;
  } else {
    return false;
  }
  return true;
}

void read_value(std::string_view option, std::string_view value, Command& command) {
  if (option == "--rounds") {
    read_number(option, value, 1U, command.rounds);
  } else if (option == "--records") {
    read_number(option, value, std::uint64_t{kDurableThreads}, command.run.records);
  } else if (option == "--batches") {
    read_number(option, value, std::uint64_t{1}, command.run.batches);
  } else if (option == "--lines") {
    read_number(option, value, std::uint64_t{1}, command.lines);
  } else if (option == "--seconds") {
    read_number(option, value, 0.0, command.run.idle_seconds);  // run_in_fresh_process() passes all
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
    if (read_switch(option, command)) continue;
    if (i + 1 == argc) refuse(fmt::format("'{}' is no option, or its value is missing", option));
    read_value(option, argv[++i], command);
  }
  if (!command.durable && !command.crash_safe && !command.late) {
    command.durable = command.crash_safe = command.late = true;
  }
  return command;
}

// A sync costs nothing there, so a table of syncs says nothing.
void warn_of_memory(const std::string& folder) {
  struct statfs found {};
  if (::statfs(folder.c_str(), &found) != 0) {
    throw std::system_error(errno, std::generic_category(), folder);
  }
  if (found.f_type == TMPFS_MAGIC || found.f_type == RAMFS_MAGIC) {
    fmt::print("WARNING: {} is on a file system in memory; the numbers say nothing (--dir).\n",
               folder);
  }
}

template <class Value>
void print_ratio(const Table& table, std::string_view name, std::string_view base_name,
                 std::string_view what, const Value& value) {
  const Row* const row = find(table, name);
  const Row* const base = find(table, base_name);
  const Ratio ratio = ratio_of(row->rounds, base->rounds, value);
  fmt::print("  {} of '{}' / '{}': {:.2f} ({:.2f} to {:.2f})\n", what, row->contender.title,
             base->contender.title, ratio.middle, ratio.least, ratio.most);
}

// `group` is "durable." or "slow.".
void print_durable(const std::string& group, const RunOptions& options, unsigned rounds) {
  const Table table = run_rounds(group, options, rounds);
  fmt::print("{:<32}{:>11}{:>15}\n", "", "records/s", "records/sync");
  for (const Row& row : table) {
    fmt::print("{:<32}{:>11.0f}{:>15.1f}\n", row.contender.title,
               median_of(row.rounds, &records_per_second),
               median_of(row.rounds, [](const Report& report) { return report[2] / report[3]; }));
  }
  fmt::print("\nRatios, round by round: median (least to most)\n");
  const auto print = [&](const char* name, const char* base) {
    print_ratio(table, group + name, group + base, "records/s", &records_per_second);
  };
  print("lathe_many", "each_many");
  print("lathe_many", "each_one");
  print("lathe_one", "each_one");
}

void print_durable(const Command& command) {
  fmt::print(
      "\nRecords that are on the device when the call returns: {} of each contender in a round.\n"
      "Every file is read back and checked. Medians of {} rounds.\n\n",
      command.run.records, command.rounds);
  print_durable("durable.", command.run, command.rounds);
  RunOptions fewer = command.run;
  fewer.records = std::max<std::uint64_t>(fewer.records / 4, kDurableThreads);
  fmt::print("\nThe same, {} records, each fdatasync 2 ms later.\n\n", fewer.records);
  print_durable("slow.", fewer, command.rounds);
}

constexpr std::size_t kP50 = 0;
constexpr std::size_t kP999 = 4;
static_assert(kPercents[kP50] == 50 && kPercents[kP999] == 99.9);

void print_late(const Command& command) {
  fmt::print(
      "\nA log call in ns, as below, with a sync every 20 ms on a device that is late, and on one\n"
      "that is not. Medians of {} rounds.\n\n{:<32}{:>9}{:>9}\n",
      command.rounds, "", "p50", "p99.9");
  const Table table = run_rounds("late.", command.run, command.rounds);
  for (const Row& row : table) {
    fmt::print("{:<32}{:>9.1f}{:>9.1f}\n", row.contender.title, median_of(row.rounds, column(kP50)),
               median_of(row.rounds, column(kP999)));
  }
  fmt::print("\nRatios, round by round: median (least to most)\n");
  print_ratio(table, "late.formatted_late", "late.formatted_prompt", "p50", column(kP50));
  print_ratio(table, "late.formatted_late", "late.formatted_prompt", "p99.9", column(kP999));
}

void print_crash_safe(const Command& command) {
  fmt::print(
      "\nA log call with two integers and a double, in ns: {} calls in a round, each timed alone\n"
      "(two clock reads included), 20 in a row after a busy pause of 2.0 to 2.2 ms.\n"
      "Throughput: {} records of one thread until all are with the kernel.\n"
      "Every file is read back and checked. Medians of {} rounds.\n\n",
      command.run.batches * kBatchCalls, command.lines, command.rounds);
  const Table calls = run_rounds("call.", command.run, command.rounds);
  RunOptions options = command.run;
  options.records = command.lines;
  const Table lines = run_rounds("throughput.", options, command.rounds);
  fmt::print("{:<32}{:>9}{:>9}{:>14}\n", "", "p50", "p99.9", "M records/s");
  for (std::size_t i = 0; i < calls.size(); ++i) {
    fmt::print("{:<32}{:>9.1f}{:>9.1f}{:>14.2f}\n", calls[i].contender.title,
               median_of(calls[i].rounds, column(kP50)), median_of(calls[i].rounds, column(kP999)),
               median_of(lines[i].rounds, &records_per_second) / 1e6);
  }
  fmt::print("\nRatios, round by round: median (least to most)\n");
  for (const std::string form : {"formatted", "deferred"}) {
    const auto print = [&](const Table& table, const char* prefix, const char* what,
                           const auto& value) {
      print_ratio(table, prefix + form + "_on", prefix + form + "_off", what, value);
    };
    print(calls, "call.", "p50", column(kP50));
    print(calls, "call.", "p99.9", column(kP999));
    print(lines, "throughput.", "throughput", &records_per_second);
  }
}

int run(const Command& command) {
  if (!command.one.empty()) return run_one(command.one, command.run);
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  fmt::print("{}", machine_text());
  warn_of_memory(command.run.folder);
  if (command.durable) print_durable(command);
  if (command.late) print_late(command);
  if (command.crash_safe) print_crash_safe(command);
  return 0;
}

}  // namespace

std::vector<Contender> all_contenders() {
  const auto durable = durable_contenders();
  const auto crash_safe = crash_safe_contenders();
  std::vector<Contender> all(durable.begin(), durable.end());
  all.insert(all.end(), crash_safe.begin(), crash_safe.end());
  return all;
}

}  // namespace lathe::bench

int main(int argc, char** argv) {
  try {
    return lathe::bench::run(lathe::bench::read_arguments(argc, argv));
  } catch (const std::exception& error) {
    fmt::print(stderr, "durable_bench: {}\n", error.what());
    return 1;
  }
}
