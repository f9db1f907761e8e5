// SPDX-License-Identifier: MIT
//
// scaling_bench: how throughput and the latency of a call change with threads, record size, queue
// size, rotation size and sync policy. A table in plain text, and a page with curves.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "command_line.hpp"
#include "fresh_process.hpp"
#include "scaling_plan.hpp"
#include "scaling_point.hpp"
#include "scaling_report.hpp"
#include "tools/arguments.hpp"
#include "tools/latency_sections.hpp"
#include "tools/machine.hpp"
#include "tools/output_file.hpp"

namespace lathe::bench {
namespace {

constexpr const char* kFooter = R"(
One variable at a time changes: threads, size of a record, of a queue, of a file,
sync policy; the others are 1 thread, 64 bytes of text, 256K, 64M, 1s. Each point
is measured in a process of its own, the points in turn: flat out, from the first
call until all is with the kernel; then the calls at a steady rate. Every file is
read back: each record must be there once, whole and in order.

Exit status: 0; 1 if a run failed or its output was wrong; 2 for a wrong option.)";

struct Command {
  unsigned rounds = 5;
  std::string bytes = "320M";
  std::uint64_t rate = 100'000;
  std::string duration = "1s";
  std::vector<std::string> forms{"formatted"};
  std::optional<std::string> cpu;
  std::optional<std::string> folder;
  std::optional<std::string> plot;
  bool quick = false;
  // For the processes that we start: the point.
  bool one = false;
  tools::LatencyTexts point = default_texts();
};

void add_options(CLI::App& app, Command& command) {
  app.add_option("--rounds", command.rounds, "Rounds, points in turn")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--bytes", command.bytes, "Written flat out for each point")
      ->type_name("SIZE")
      ->capture_default_str();
  app.add_option("--rate", command.rate,
                 "Calls a second for the latency; half of what goes through where that is less")
      ->check(CLI::Range(1, 100'000'000))
      ->capture_default_str();
  app.add_option("--for", command.duration, "Measure the latency so long")
      ->type_name("DURATION")
      ->capture_default_str();
  app.add_option("--form", command.forms, "How they log: formatted, function, deferred")
      ->delimiter(',')
      ->check(CLI::IsMember({"formatted", "function", "deferred"}))
      ->capture_default_str();
  app.add_option("--cpu", command.cpu, "CPUs: the I/O thread's, then the threads', such as 0,1")
      ->type_name("LIST");
  app.add_option("--dir", command.folder, "Write below this (TMPDIR or /tmp); removed at the end")
      ->check(CLI::ExistingDirectory);
  app.add_option("--plot", command.plot, "Write a page with curves, such as out.html")
      ->type_name("FILE");
  app.add_flag("--quick", command.quick, "A smoke test of a few seconds; its numbers say nothing");
  app.add_flag("--one", command.one)->group("");
  app.add_option("--threads", command.point.threads)->group("");
  app.add_option("--message", command.point.message)->group("");
  app.add_option("--queue", command.point.queue)->group("");
  app.add_option("--size", command.point.size)->group("");
  app.add_option("--sync", command.point.sync)->group("");
}

PointLimits limits_of(const Command& command) {
  return {.bytes = tools::parse_size("--bytes", command.bytes),
          .rate_per_s = command.rate,
          .duration = tools::parse_duration("--for", command.duration)};
}

void run_one(const Command& command) {
  tools::LatencyTexts texts = command.point;
  texts.form = command.forms.at(0);
  texts.cpu = command.cpu;
  texts.folder = command.folder;
  const PointResult result = measure_point(tools::latency_plan(texts), limits_of(command));
  print_numbers({result.records_per_s, result.bytes_per_s, result.call_ns, result.rate_per_s});
}

Numbers measure(const Command& command, const tools::LatencyTexts& texts) {
  std::vector<std::string> arguments{"scaling_bench", "--one",         "--threads",
                                     texts.threads,   "--message",     texts.message,
                                     "--queue",       texts.queue,     "--size",
                                     texts.size,      "--sync",        texts.sync,
                                     "--form",        texts.form,      "--bytes",
                                     command.bytes,   "--rate",        std::to_string(command.rate),
                                     "--for",         command.duration};
  const auto add = [&](const char* option, const std::optional<std::string>& value) {
    if (value) {
      arguments.insert(arguments.end(), {option, *value});
    }
  };
  add("--cpu", command.cpu);
  add("--dir", command.folder);
  return numbers_of_fresh_process(std::move(arguments));
}

std::string settings_of(const Command& command) {
  return fmt::format(
      "Around 1 thread, 64 bytes of text, queue 256K, files of 64M, sync 1s. {} round(s), "
      "medians;\n"
      "ratios to that point of the same round. Flat out: {} a point, until all is with the "
      "kernel.\n"
      "p99.9 of a call: {} at {} calls/s, or at half of what goes through.",
      command.rounds, command.bytes, command.duration, command.rate);
}

void run(Command command) {
  if (command.quick) {
    command.rounds = 1;
    command.bytes = "2M";
    command.duration = "50ms";
  }
  (void)limits_of(command);  // what is wrong with them is told before anything is measured
  tools::LatencyTexts texts = default_texts();
  texts.cpu = command.cpu;
  (void)tools::latency_plan(texts);
  std::optional<tools::OutputFile> plot;  // as above
  if (command.plot) {
    plot.emplace(*command.plot);
  }
  ScalingReport report{.machine = tools::machine_text(tools::describe_machine(tools::TickClock())),
                       .settings = settings_of(command),
                       .variables = variables(command.quick),
                       .forms = command.forms,
                       .points = {}};
  report.points = points_of(report.variables, report.forms);
  for (unsigned round = 0; round < command.rounds; ++round) {
    for (std::size_t i = 0; i < report.points.size(); ++i) {
      Point& point = report.points[turn(round, i, report.points.size())];
      point.rounds.push_back(measure(command, point.texts));
    }
  }
  tools::OutputFile("-").write(table_of(report));
  if (plot) {
    plot->write(page_of(report));
  }
}

}  // namespace
}  // namespace lathe::bench

int main(int argc, char** argv) {
  using namespace lathe::bench;
  CLI::App app{"How lathe scales", "scaling_bench"};
  Command command;
  app.footer(kFooter);
  add_options(app, command);
  return run_command(app, argc, argv, [&] {
    try {
      command.one ? run_one(command) : run(command);
    } catch (const lathe::tools::ArgumentError& error) {  // of an option that the plan has read
      throw CLI::ValidationError(error.what());
    }
  });
}
