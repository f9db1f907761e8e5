// SPDX-License-Identifier: MIT

#include "tools/latency_json.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "tools/latency_series.hpp"

namespace lathe::tools {
namespace {

std::string json_text(std::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      json += '\\';
      json += c;
    } else if (byte < 0x20) {
      json += fmt::format("\\u{:04x}", byte);
    } else {
      json += c;
    }
  }
  return json + '"';
}

// An object, field by field.
class Object {
 public:
  Object& raw(std::string_view name, std::string_view json) {
    text_ += fmt::format("{}{}: {}", text_.empty() ? "" : ", ", json_text(name), json);
    return *this;
  }
  Object& text(std::string_view name, std::string_view value) {
    return raw(name, json_text(value));
  }
  Object& flag(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }
  Object& number(std::string_view name, std::uint64_t value) {
    return raw(name, std::to_string(value));
  }
  Object& number(std::string_view name, double value) {
    return raw(name, fmt::format("{:.6g}", value));
  }
  [[nodiscard]] std::string json() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

std::string array(const std::vector<std::string>& elements, std::string_view between = ", ") {
  return fmt::format("[{}]", fmt::join(elements, between));
}

std::string samples_json(const Samples& samples) {
  if (samples.histogram.count() == 0) {
    return "null";
  }
  Object object;
  object.number("samples", samples.histogram.count())
      .number("min", static_cast<double>(samples.histogram.min()) * samples.ns_per_unit)
      .number("mean", samples.histogram.mean() * samples.ns_per_unit);
  for (const ToldPercent& told : kToldPercents) {
    const std::optional<double> ns = percentile_ns(samples, told);
    object.raw(fmt::format("p{}", told.name), ns ? fmt::format("{:.6g}", *ns) : "null");
  }
  object.number("max", max_ns(samples));
  const std::vector<CurvePoint> curve = curve_of(samples);
  std::vector<std::string> points;
  points.reserve(curve.size());
  for (const CurvePoint& point : curve) {
    points.push_back(fmt::format("[{:.4f}, {:.6g}]", point.nines, point.ns));
  }
  return object.raw("curve", array(points)).json();
}

void add_timing(Object& object, const Timing& timing) {
  object.raw("call_ns", samples_json(timing.service));
  object.raw("from_due_ns", samples_json(timing.response));
}

std::string measurement_json(const Measurement& measurement) {
  const Counts& counts = measurement.counts;
  Object object;
  object.number("calls", counts.calls)
      .number("written", counts.written)
      .number("dropped", counts.dropped)
      .number("lost", counts.lost)
      .number("late", counts.late)
      .number("bytes", counts.bytes)
      .number("rotations", counts.rotations)
      .number("syncs", counts.syncs)
      .number("errors", counts.errors)
      .number("calls_per_s", counts.calls_per_s)
      .raw("failure", measurement.failure.empty() ? "null" : json_text(measurement.failure));
  add_timing(object, measurement.timing);
  return object.raw("residence_ns", samples_json(measurement.residence)).json();
}

std::string case_json(const CaseReport& report) {
  const LatencyCase& what = report.what;
  return Object()
      .number("threads", std::uint64_t{what.threads})
      .text("form", form_name(what.form))
      .text("overflow", overflow_name(what.overflow))
      .text("sync", what.sync.name)
      .number("size_bytes_max", what.size_bytes_max)
      .number("rate_per_s", what.rate_per_s)
      .number("text_bytes", what.text_bytes)
      .raw("calls", "\n    " + measurement_json(report.calls))
      .raw("batches", "\n    " + measurement_json(report.batches))
      .json();
}

std::string empty_json(const EmptyReport& report) {
  Object calls;
  add_timing(calls, report.calls);
  Object batches;
  add_timing(batches, report.batches);
  return Object()
      .number("threads", std::uint64_t{report.threads})
      .number("rate_per_s", report.rate_per_s)
      .raw("calls", "\n    " + calls.json())
      .raw("batches", "\n    " + batches.json())
      .json();
}

std::string machine_json(const Machine& machine) {
  return Object()
      .text("cpu", machine.cpu)
      .number("cpu_count", std::uint64_t{machine.cpu_count})
      .text("kernel", machine.kernel)
      .text("compiler", machine.compiler)
      .flag("is_optimized", machine.is_optimized)
      .text("clock", machine.clock)
      .number("ns_per_tick", machine.ns_per_tick)
      .json();
}

std::string plan_json(const LatencyPlan& plan) {
  std::vector<std::string> cpus;
  cpus.reserve(plan.cpus.size());
  for (const unsigned cpu : plan.cpus) {
    cpus.push_back(std::to_string(cpu));
  }
  return Object()
      .number("calls_max", plan.calls_max)
      .number("seconds_max", static_cast<double>(plan.duration_max.count()) / 1e9)
      .number("batch_calls", kBatchCalls)
      .number("queue_bytes", plan.queue_bytes)
      .raw("cpus", array(cpus))
      .text("folder", plan.folder)
      .json();
}

}  // namespace

std::string json_of(const LatencyReport& report) {
  std::vector<std::string> empties;
  empties.reserve(report.empties.size());
  for (const EmptyReport& empty : report.empties) {
    empties.push_back(empty_json(empty));
  }
  std::vector<std::string> cases;
  cases.reserve(report.cases.size());
  for (const CaseReport& each : report.cases) {
    cases.push_back(case_json(each));
  }
  constexpr std::string_view kNextLine = ",\n  ";
  std::string text = "{";
  text += fmt::format("\"lathe\": {},\n\"date\": {},\n", json_text(report.machine.version),
                      json_text(report.machine.date + " UTC"));
  text += fmt::format("\"machine\": {},\n\"settings\": {},\n", machine_json(report.machine),
                      plan_json(report.plan));
  text += fmt::format("\"empty\": {},\n", array(empties, kNextLine));
  text += fmt::format("\"cases\": {}}}\n", array(cases, kNextLine));
  return text;
}

}  // namespace lathe::tools
