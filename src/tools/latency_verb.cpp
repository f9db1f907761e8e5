// SPDX-License-Identifier: MIT

#include "tools/latency_verb.hpp"

#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "tools/arguments.hpp"
#include "tools/latency_arguments.hpp"
#include "tools/latency_json.hpp"
#include "tools/latency_plot.hpp"
#include "tools/latency_run.hpp"
#include "tools/latency_table.hpp"
#include "tools/monitor.hpp"
#include "tools/output_file.hpp"
#include "tools/supervisor.hpp"
#include "tools/temporary_folder.hpp"

namespace lathe::tools {
namespace {

constexpr const char* kLatencyFooter = R"(
Logs on threads of its own into files of its own, and tells what each call took:
alone, and as the mean of a batch of 20; from the call to its return, and from
the moment it was due by --rate, so that waiting is not hidden; and how long
records took from the call until they were written. The empty measurement, which
is the same loop without the call, stands beside it and is not subtracted.

LISTs have commas between their values; every combination is measured, one after
another, calls and batches one after the other. Without --for and --records, each
takes 2 s or a million calls a thread; flat out that may be 100 MB a thread, and
with --for more. The files are read back: every record must be there, whole and
in order, except for what the overflow policy dropped, which is counted.

Run it on a quiet machine; the threads, one of which looks at the clock all the
time, and the I/O thread want a CPU each (--cpu). SIGINT and SIGTERM end it with
the combinations that are complete.

Exit status: 0 when all was measured and every file was as it should be; 1 when
not; 2 when an option is wrong.)";

void add_case_options(CLI::App& latency, LatencyTexts& texts) {
  latency.add_option("--threads", texts.threads, "Threads that log, such as 1,2,4 or 1-4")
      ->type_name("LIST")
      ->capture_default_str();
  latency.add_option("--form", texts.form, "How they log: formatted, function, deferred")
      ->type_name("LIST")
      ->capture_default_str();
  latency
      .add_option("--overflow", texts.overflow, "When a queue is full: block, drop_newest, shed")
      ->type_name("LIST")
      ->capture_default_str();
  latency
      .add_option("--sync", texts.sync,
                  "Sync by a time (1s), bytes=SIZE, level, every (batch), rotate or never")
      ->type_name("LIST")
      ->capture_default_str();
  latency.add_option("--size", texts.size, "Rotate at this size, from 4K; or 'never'")
      ->type_name("LIST")
      ->capture_default_str();
  latency.add_option("--rate", texts.rate, "Calls a second of all threads together; 0: flat out")
      ->type_name("LIST")
      ->capture_default_str();
  latency
      .add_option("--message", texts.message,
                  "What is logged: numbers (two integers, a double), text or text=SIZE")
      ->type_name("LIST")
      ->capture_default_str();
}

void add_run_options(CLI::App& latency, LatencyTexts& texts) {
  latency.add_option("--for", texts.duration, "Measure this long, such as 10s")
      ->type_name("DURATION");
  latency.add_option("--records", texts.records, "Measure at most so many calls of each thread")
      ->type_name("COUNT");
  latency.add_option("--queue", texts.queue, "Each thread's queue, a power of two from 4K")
      ->type_name("SIZE")
      ->capture_default_str();
  latency.add_option("--cpu", texts.cpu, "CPUs: the I/O thread's, then the threads', such as 0,1")
      ->type_name("LIST");
  latency
      .add_option("--dir", texts.folder, "Write below this (TMPDIR or /tmp); removed at the end")
      ->type_name("DIR");
  latency.add_option("--json", texts.json, "Write JSON to FILE; '-': instead of the table")
      ->type_name("FILE");
  latency.add_option("--plot", texts.plot, "Write a page with percentile curves, such as out.html")
      ->type_name("FILE");
}

// Returns whether any output was not as it should be.
bool tell_failures(const LatencyReport& report) {
  const Labels labels = labels_of(report.plan);
  bool any = false;
  const auto tell = [&](const std::string& label, const Measurement& measurement) {
    if (!measurement.failure.empty()) {
      any = true;
      std::fprintf(stderr, "lathe latency: %s: %s\n", label.c_str(), measurement.failure.c_str());
    }
  };
  for (std::size_t i = 0; i < report.cases.size(); ++i) {
    tell(labels.cases[i] + ", calls", report.cases[i].calls);
    tell(labels.cases[i] + ", batches", report.cases[i].batches);
  }
  return any;
}

LatencyReport supervised_run(const LatencyPlan& plan) {
  Supervisor supervisor;  // before any other thread, which inherits the signal mask
  Monitor monitor(supervisor.requests());
  const TemporaryFolder folder(plan.folder);
  LatencyReport report;
  supervisor.run([&] { report = run_latency(plan, folder, monitor); },
                 {.progress = [&] { return monitor.beats(); },
                  .give_up =
                      [&] {
                        folder.remove();
                        std::fprintf(stderr,
                                     "lathe latency: gave up after 10 s without progress\n");
                      }});
  return report;
}

int run(const LatencyTexts& texts) {
  const LatencyPlan plan = latency_plan(texts);
  // Before minutes are spent on a result that cannot be written.
  std::optional<OutputFile> json;
  std::optional<OutputFile> plot;
  if (texts.json) {
    json.emplace(*texts.json);
  }
  if (texts.plot) {
    plot.emplace(*texts.plot);
  }
  const LatencyReport report = supervised_run(plan);
  if (!report.cases.empty()) {
    if (texts.json != "-") {
      OutputFile("-").write(table_of(report));
    }
    if (json) {
      json->write(json_of(report));
    }
    if (plot) {
      plot->write(plot_of(report));
    }
  }
  const bool is_wrong = tell_failures(report);
  const bool is_whole = report.cases.size() == plan.cases.size();
  if (!is_whole) {
    std::fprintf(stderr, "lathe latency: stopped after %zu of %zu combinations\n",
                 report.cases.size(), plan.cases.size());
  }
  return is_wrong || !is_whole ? 1 : 0;
}

}  // namespace

Verb add_latency_verb(CLI::App& app) {
  CLI::App* const latency =
      app.add_subcommand("latency", "Measure what log calls cost on this machine");
  const auto texts = std::make_shared<LatencyTexts>();
  add_case_options(*latency, *texts);
  add_run_options(*latency, *texts);
  latency->footer(kLatencyFooter);
  return {latency, [texts] { return run(*texts); }};
}

}  // namespace lathe::tools
