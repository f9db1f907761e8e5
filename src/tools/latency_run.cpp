// SPDX-License-Identifier: MIT

#include "tools/latency_run.hpp"

#include <chrono>
#include <numeric>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <lathe/backend.hpp>

#include "tools/latency_check.hpp"
#include "tools/latency_crew.hpp"
#include "tools/machine.hpp"

namespace lathe::tools {
namespace {

// For the last records to be written. As long as a Backend waits for a sink that refuses them.
constexpr std::chrono::seconds kFlushPatience{10};

class Runner {
 public:
  Runner(const LatencyPlan& plan, const TickClock& clock, const TemporaryFolder& folder,
         Monitor& monitor)
      : plan_(plan), clock_(clock), folder_(folder), monitor_(monitor) {}

  // What the next measurement is called in the progress line.
  void set_label(std::string label) { label_ = std::move(label); }

  EmptyReport report_empty(unsigned threads, std::uint64_t rate_per_s) {
    EmptyReport report;
    report.threads = threads;
    report.rate_per_s = rate_per_s;
    report.calls = measure_empty<1>(threads, rate_per_s);
    if (!monitor_.is_stopped()) {
      report.batches = measure_empty<kBatchCalls>(threads, rate_per_s);
    }
    return report;
  }

  CaseReport report_case(const LatencyCase& what) {
    CaseReport report;
    report.what = what;
    report.calls = measure<1>(what);
    if (!monitor_.is_stopped()) {
      report.batches = measure<kBatchCalls>(what);
    }
    return report;
  }

 private:
  template <std::uint64_t Calls>
  Timing measure_empty(unsigned threads, std::uint64_t rate_per_s) {
    Crew crew(plan_, clock_, monitor_, crew_options(threads, Calls, rate_per_s));
    crew.run([&](unsigned thread) { crew.work<Calls>(thread, EmptyCall{}); }, [] {});
    return crew.timing();
  }

  template <std::uint64_t Calls>
  Measurement measure(const LatencyCase& what) {
    const std::string path = folder_.path() + "/latency.log";
    const std::string text = sample_text(what.text_bytes);
    Measurement result;
    std::vector<std::uint64_t> calls;
    {
      Backend backend(backend_options(what), rotating_file_sink(file_options(what, path)));
      const Logger log = backend.logger(kLoggerName);
      Crew crew(plan_, clock_, monitor_, crew_options(what.threads, Calls, what.rate_per_s));
      crew.run(
          [&](unsigned thread) {
            const auto time = [&](const auto& call) { crew.work<Calls>(thread, call); };
            if (text.empty()) {
              with_form(what.form, log, NumbersMessage{thread}, time);
            } else {
              with_form(what.form, log, TextMessage{thread, text}, time);
            }
          },
          [&] { (void)backend.flush(kFlushPatience); });  // the one at the end tells of errors
      const std::error_code error = finish(backend, what.sync.options);
      calls = crew.calls();
      result.timing = crew.timing();
      take_stats(backend.stats(), result);
      result.counts.calls = std::accumulate(calls.begin(), calls.end(), std::uint64_t{0});
      result.counts.calls_per_s = crew.calls_per_s();
      if (crew.error() != 0) {
        result.failure =
            "a thread cannot be pinned: " + std::generic_category().message(crew.error());
      } else if (error) {
        result.failure = "not all is written: " + error.message();
      }
    }
    check(path, calls, text, result);
    folder_.empty();
    return result;
  }

  CrewOptions crew_options(unsigned threads, std::uint64_t calls, std::uint64_t rate) const {
    return {.threads = threads,
            .calls_per_shot = calls,
            .rate_per_s = rate,
            .label = fmt::format("{}, {}", label_, calls == 1 ? "calls" : "batches")};
  }

  BackendOptions backend_options(const LatencyCase& what) const {
    BackendOptions options;
    options.queue_bytes = plan_.queue_bytes;
    options.overflow = what.overflow;
    if (!plan_.cpus.empty()) {
      options.cpu = plan_.cpus.front();
    }
    return options;
  }

  // The layout that programs have by default, and every backup kept, to be read back.
  static RotatingFileOptions file_options(const LatencyCase& what, const std::string& path) {
    RotatingFileOptions options;
    options.path = path;
    options.rotation.size_bytes_max = what.size_bytes_max;
    options.sync = what.sync.options;
    return options;
  }

  // Waits until all is written, and until the syncs that the policy began are done: they count.
  static std::error_code finish(Backend& backend, const SyncOptions& sync) {
    const bool has_policy = sync.interval.count() > 0 || sync.bytes_max > 0 || sync.every_batch ||
                            sync.level_min < Level::off || sync.on_rotate;
    const std::error_code error = backend.flush(kFlushPatience);
    return error || !has_policy ? error : backend.sync();
  }

  template <class Message, class Time>
  static void with_form(Form form, Logger log, const Message& message, const Time& time) {
    switch (form) {
      case Form::formatted:
        return time(FormattedCall<Message>{log, message});
      case Form::function:
        return time(FunctionCall<Message>{log, message});
      case Form::deferred:
        return time(DeferredCall<Message>{log, message});
    }
  }

  static void take_stats(const Stats& stats, Measurement& result) {
    result.residence.histogram = stats.residence_ns;
    result.counts.dropped = stats.records_dropped;
    result.counts.lost = stats.records_lost;
    result.counts.late = stats.records_late;
    result.counts.rotations = stats.rotations;
    result.counts.syncs = stats.syncs;
    result.counts.errors = stats.write_errors + stats.sync_errors + stats.rotation_errors;
    result.counts.bytes = stats.bytes_written;
  }

  // The files must hold every call but those that the overflow policy dropped.
  void check(const std::string& path, const std::vector<std::uint64_t>& calls,
             const std::string& text, Measurement& result) const {
    if (monitor_.is_stopped()) {
      return;
    }
    monitor_.show(label_ + ", reading back");
    const CheckedOutput output = check_output(path, calls, text, [this] { monitor_.beat(); });
    result.counts.written = output.written;
    if (!result.failure.empty()) {
      return;
    }
    if (!output.failure.empty()) {
      result.failure = output.failure;
    } else if (output.missing != result.counts.dropped) {
      result.failure = fmt::format("{} records are missing, and {} were dropped", output.missing,
                                   result.counts.dropped);
    }
  }

  const LatencyPlan& plan_;
  const TickClock& clock_;
  const TemporaryFolder& folder_;
  Monitor& monitor_;
  std::string label_;
};

}  // namespace

LatencyReport run_latency(const LatencyPlan& plan, const TemporaryFolder& folder,
                          Monitor& monitor) {
  const TickClock clock;
  LatencyReport report;
  report.plan = plan;
  report.machine = describe_machine(clock);
  Runner runner(plan, clock, folder, monitor);
  const Labels labels = labels_of(plan);
  const std::size_t total = labels.cases.size() + labels.empties.size();
  std::size_t number = 0;
  // What a request to stop cut short is not in the report.
  for (std::size_t i = 0; i < plan.cases.size() && !monitor.is_stopped(); ++i) {
    const LatencyCase& what = plan.cases[i];
    if (brings_empty(plan, i)) {
      runner.set_label(
          fmt::format("[{}/{}] {}", ++number, total, labels.empties[report.empties.size()]));
      const EmptyReport empty = runner.report_empty(what.threads, what.rate_per_s);
      if (monitor.is_stopped()) {
        break;
      }
      report.empties.push_back(empty);
    }
    runner.set_label(fmt::format("[{}/{}] {}", ++number, total, labels.cases[i]));
    const CaseReport done = runner.report_case(what);
    if (!monitor.is_stopped()) {
      report.cases.push_back(done);
    }
  }
  monitor.show({});
  return report;
}

}  // namespace lathe::tools
