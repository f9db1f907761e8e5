// SPDX-License-Identifier: MIT
//
// compare: the same loop over lathe and every other logger that was found when it was built.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "command_line.hpp"
#include "compare/page.hpp"
#include "compare/runs.hpp"
#include "compare/sections.hpp"
#include "machine.hpp"

namespace lathe::compare {
namespace {

constexpr std::size_t kHelpColumn = 22;

constexpr const char* kFooter =
    "LATHE_BENCH_CPUS=0,1 pins the thread that logs to the first CPU and the loggers' own "
    "threads "
    "to the second.\n"
    "Exit status: 0; 1 if a run failed or its output was wrong; 2 for a wrong option.";

struct Command {
  Plan plan{.run = {.folder = std::filesystem::temp_directory_path(),
                    .records = 2'000'000,
                    .batches = 2000},
            .calls = 200'000,
            .rounds = 15,
            .throughput = false,
            .latency = false,
            .contenders = {}};
  std::vector<std::string> names;
  std::string baseline;
  std::string page_path;
  bool quick = false;
  bool markdown = false;
  std::string one;  // the process of one run has these two
  std::string kind;
};

std::string known_names() {
  std::vector<std::string> names;
  for (const Contender& contender : all_contenders()) {
    names.emplace_back(contender.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

// Empty if it is one.
std::string count_error(const std::string& text) {
  const bool is_count = !text.empty() &&
                        text.find_first_not_of("0123456789") == std::string::npos &&
                        text.find_first_not_of('0') != std::string::npos;
  return is_count ? "" : fmt::format("'{}' is not a number above zero", text);
}

void add_options(CLI::App& app, Command& command) {
  Plan& plan = command.plan;
  app.add_flag("--throughput", plan.throughput, "Measure throughput, CPU time and memory only");
  app.add_flag("--latency", plan.latency, "Measure the latency of calls only");
  app.add_option("--rounds", plan.rounds, "Rounds, each with all contenders (15)");
  app.add_option("--records", plan.run.records, "Throughput: records in a round (2000000)");
  app.add_option("--batches", plan.run.batches,
                 "Latency at rest: batches of 20 calls in a round (2000, which take 4.2 s)");
  app.add_option("--calls", plan.calls, "Latency flat out: calls in a round (200000)");
  app.add_option("--contenders", command.names, "Some of these only: " + known_names())
      ->delimiter(',')
      ->type_name("NAME,...");
  app.add_option("--baseline", command.baseline,
                 "What ratios are to (spdlog; where it is missing, lathe)")
      ->type_name("NAME");
  app.add_option("--dir", plan.run.folder,
                 "Where to write: new directories are made there and removed (TMPDIR or /tmp)")
      ->type_name("PATH");
  app.add_flag("--markdown", command.markdown, "Print tables as GitHub has them");
  app.add_option("--plot", command.page_path, "Also write charts and tables to this HTML file")
      ->type_name("FILE");
  app.add_flag("--quick", command.quick, "A smoke test of a few seconds; its numbers say nothing");
  app.add_option("--one", command.one)->group("");
  app.add_option("--kind", command.kind)->group("");
  for (const char* const name : {"--rounds", "--records", "--batches", "--calls"}) {
    app.get_option(name)->type_name("N")->check(&count_error);
  }
}

// A wrong option that only we know of.
[[noreturn]] void refuse(const std::string& text) { throw CLI::ValidationError(text); }

std::size_t place_of(const std::vector<Contender>& contenders, std::string_view name) {
  const auto found = std::find_if(contenders.begin(), contenders.end(),
                                  [&](const Contender& one) { return name == one.name; });
  return static_cast<std::size_t>(found - contenders.begin());
}

void choose_contenders(Command& command) {
  Plan& plan = command.plan;
  const std::vector<Contender>& all = all_contenders();
  for (const std::string& name : command.names) {
    if (place_of(all, name) == all.size()) {
      refuse(fmt::format("--contenders: there is no '{}' here, only {}", name, known_names()));
    }
  }
  for (const Contender& contender : all) {
    if (command.names.empty() || std::find(command.names.begin(), command.names.end(),
                                           contender.name) != command.names.end()) {
      plan.contenders.push_back(contender);
    }
  }
  if (command.baseline.empty()) {
    const bool has_spdlog = place_of(plan.contenders, "spdlog") < plan.contenders.size();
    command.baseline = has_spdlog ? "spdlog" : "lathe";
  }
  plan.baseline = place_of(plan.contenders, command.baseline);
  if (plan.baseline == plan.contenders.size()) {
    refuse(fmt::format("--baseline: '{}' is none of the contenders", command.baseline));
  }
}

// What the command line leaves open.
void complete(const CLI::App& app, Command& command) {
  Plan& plan = command.plan;
  if (!plan.throughput && !plan.latency) {
    plan.throughput = plan.latency = true;
  }
  if (command.quick) {
    const auto set = [&app](const char* name, auto& value, unsigned quick_value) {
      value = app.count(name) == 0 ? quick_value : value;
    };
    set("--rounds", plan.rounds, 1);
    set("--records", plan.run.records, 20'000);
    set("--batches", plan.run.batches, 50);
    set("--calls", plan.calls, 20'000);
  }
  choose_contenders(command);
}

std::vector<std::string> head_of(const Plan& plan, int argc, char** argv) {
  std::vector<std::string> arguments{"compare"};
  arguments.insert(arguments.end(), argv + 1, argv + argc);
  std::vector<std::string> head{bench::machine_text(),
                                fmt::format("Command line: {}", fmt::join(arguments, " "))};
  const std::string_view missing = LATHE_COMPARE_MISSING;
  if (!missing.empty()) {
    head.push_back(fmt::format("Left out, since they were not found: {}.", missing));
  }
  head.push_back(reading_text(plan));
  return head;
}

void print_result(const Command& command, const std::vector<Results>& all,
                  const std::vector<std::string>& head) {
  for (const std::string& paragraph : head) {
    fmt::print("{}{}", paragraph, paragraph.ends_with('\n') ? "\n" : "\n\n");
  }
  for (const Section& section : sections_of(command.plan, all)) {
    if (command.markdown) {
      fmt::print("**{}.** {}\n\n{}\n", section.title, section.text, markdown(section.table));
    } else {
      fmt::print("{}\n{}\n\n{}\n", section.title, section.text, plain_text(section.table));
    }
  }
}

std::ofstream open_page(const std::string& path) {
  std::ofstream page(path);
  if (!page) {
    throw std::system_error(errno, std::generic_category(), path);
  }
  return page;
}

void run(const Command& command, int argc, char** argv) {
  const Plan& plan = command.plan;
  std::ofstream page;
  if (!command.page_path.empty()) {
    page = open_page(command.page_path);  // before the work of half an hour
  }
  const std::vector<std::string> head = head_of(plan, argc, argv);
  const std::vector<Results> all = run_rounds(plan);
  print_result(command, all, head);
  if (page.is_open()) {
    page << page_of(plan, all, head) << std::flush;
    if (!page) {
      throw std::system_error(errno, std::generic_category(), command.page_path);
    }
  }
}

}  // namespace
}  // namespace lathe::compare

int main(int argc, char** argv) {
  using namespace lathe::compare;
  CLI::App app{"compare: what logging costs, with lathe and with others", "compare"};
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.get_formatter()->column_width(kHelpColumn);
  app.footer(kFooter);
  Command command;
  add_options(app, command);
  return lathe::bench::run_command(app, argc, argv, [&] {
    if (command.one.empty()) {
      complete(app, command);
      run(command, argc, argv);
    } else if (!run_one(command.one, command.kind, command.plan.run)) {
      refuse(fmt::format("--one {}: it has no '{}'", command.one, command.kind));
    }
  });
}
