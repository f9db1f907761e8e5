// SPDX-License-Identifier: MIT

#include "scaling_point.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include <lathe/backend.hpp>

#include "tools/latency_calls.hpp"
#include "tools/latency_check.hpp"
#include "tools/latency_crew.hpp"
#include "tools/latency_series.hpp"
#include "tools/temporary_folder.hpp"

namespace lathe::bench {
namespace {

using tools::Form;
using tools::LatencyCase;
using tools::LatencyPlan;

// What stands in a line beside the text: head, thread and call number.
constexpr std::uint64_t kHeadBytes = 100;
// A disk that takes longer than this for one measurement ends it; what was logged counts.
constexpr std::chrono::seconds kFlatOutMax{60};
constexpr double kPercent = 99.9;
constexpr int kNoRequests = -1;  // nobody asks a process of ours to stop

struct Measured {
  tools::Timing timing;
  std::uint64_t records = 0;  // without those before the clock
  std::uint64_t bytes = 0;
  double seconds = 0;
};

template <class Message, class Work>
void with_form(Form form, const Logger& log, const Message& message, const Work& work) {
  switch (form) {
    case Form::formatted:
      return work(tools::FormattedCall<Message>{log, message});
    case Form::function:
      return work(tools::FunctionCall<Message>{log, message});
    case Form::deferred:
      return work(tools::DeferredCall<Message>{log, message});
  }
}

void check(std::error_code error) {
  if (error) {
    throw std::system_error(error, "lathe");
  }
}

class PointRun {
 public:
  explicit PointRun(const LatencyPlan& plan) : plan_(plan), what_(plan.cases.at(0)) {}

  template <std::uint64_t Calls>
  Measured measure(std::uint64_t rate_per_s) {
    const tools::TemporaryFolder folder(plan_.folder);
    const std::string path = folder.path() + "/scaling.log";
    const std::string text = tools::sample_text(what_.text_bytes);
    tools::Monitor monitor(kNoRequests);
    tools::Crew crew(plan_, clock_, monitor,
                     {.threads = what_.threads,
                      .calls_per_shot = Calls,
                      .rate_per_s = rate_per_s,
                      .label = "scaling"});
    Measured measured;
    std::uint64_t warm_up_bytes = 0;
    {
      Backend backend(backend_options(), rotating_file_sink(file_options(path)));
      const Logger log = backend.logger(tools::kLoggerName);
      crew.run(
          [&](unsigned thread) {
            with_form(what_.form, log, tools::TextMessage{thread, text},
                      [&](const auto& call) { crew.work<Calls>(thread, call); });
          },
          [&] {
            check(backend.flush());
            warm_up_bytes = backend.stats().bytes_written;
          });
      check(backend.flush());
      const std::uint64_t end = clock_.read();
      measured.seconds = static_cast<double>(end - crew.started()) * clock_.ns_per_tick() / 1e9;
      measured.bytes = backend.stats().bytes_written - warm_up_bytes;
    }
    check_pinned(crew);
    measured.timing = crew.timing();
    measured.records = check_written(path, crew.calls(), text);
    return measured;
  }

 private:
  BackendOptions backend_options() const {
    BackendOptions options;
    options.queue_bytes = plan_.queue_bytes;
    options.overflow = what_.overflow;
    if (!plan_.cpus.empty()) {
      options.cpu = plan_.cpus.front();
    }
    return options;
  }

  // The layout that programs have by default, and every backup kept, to be read back.
  RotatingFileOptions file_options(const std::string& path) const {
    RotatingFileOptions options;
    options.path = path;
    options.rotation.size_bytes_max = what_.size_bytes_max;
    options.sync = what_.sync.options;
    return options;
  }

  static void check_pinned(const tools::Crew& crew) {
    if (crew.error() != 0) {
      throw std::system_error(crew.error(), std::generic_category(), "a thread cannot be pinned");
    }
  }

  // Returns how many records there are behind the first ones of each thread.
  static std::uint64_t check_written(const std::string& path,
                                     const std::vector<std::uint64_t>& calls,
                                     const std::string& text) {
    const tools::CheckedOutput output = tools::check_output(path, calls, text, [] {});
    if (!output.failure.empty()) {
      throw std::runtime_error(output.failure);
    }
    if (output.missing != 0) {
      throw std::runtime_error(fmt::format("{}: {} records are missing", path, output.missing));
    }
    return output.written - calls.size() * tools::kWarmUpCalls;
  }

  const LatencyPlan& plan_;
  const LatencyCase& what_;
  const tools::TickClock clock_;
};

LatencyPlan flat_out(LatencyPlan plan, const PointLimits& limits) {
  const LatencyCase& what = plan.cases.at(0);
  plan.calls_max =
      std::max(limits.bytes / (kHeadBytes + what.text_bytes) / what.threads, tools::kBatchCalls);
  plan.duration_max = kFlatOutMax;
  return plan;
}

LatencyPlan at_a_rate(LatencyPlan plan, const PointLimits& limits) {
  plan.calls_max = 0;
  plan.duration_max = limits.duration;
  return plan;
}

}  // namespace

PointResult measure_point(const LatencyPlan& plan, const PointLimits& limits) {
  PointResult result;
  const Measured all = PointRun(flat_out(plan, limits)).measure<tools::kBatchCalls>(0);
  result.records_per_s = static_cast<double>(all.records) / all.seconds;
  result.bytes_per_s = static_cast<double>(all.bytes) / all.seconds;
  const std::uint64_t rate = std::clamp(static_cast<std::uint64_t>(result.records_per_s / 2),
                                        std::uint64_t{1}, limits.rate_per_s);
  const Measured paced = PointRun(at_a_rate(plan, limits)).measure<1>(rate);
  const tools::Samples& calls = paced.timing.service;
  result.call_ns = static_cast<double>(calls.histogram.percentile(kPercent)) * calls.ns_per_unit;
  result.rate_per_s = static_cast<double>(rate);
  return result;
}

}  // namespace lathe::bench
