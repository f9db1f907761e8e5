// SPDX-License-Identifier: MIT

#include "tools/latency_arguments.hpp"

#include <sched.h>

#include <charconv>
#include <cstdlib>
#include <string_view>

#include "tools/arguments.hpp"
#include "tools/latency_report.hpp"

namespace lathe::tools {
namespace {

// A queue and some 60 KiB of histograms each; more threads than any machine that is looked at.
constexpr std::uint64_t kThreadsMax = 256;
// Far above what any logger takes, and an interval of one nanosecond.
constexpr std::uint64_t kRateMax = 1'000'000'000;
// Hours of measurements; more is a slip of the hand.
constexpr std::size_t kCasesMax = 500;
// The library takes more, but a message over half of a queue is another way than what is asked for.
constexpr std::uint64_t kMessageBytesMax = 64 * KiB;
constexpr std::uint64_t kTextBytesDefault = 40;  // as the published comparisons have it
// Smaller files than this are thousands a second.
constexpr std::uint64_t kFileBytesMin = 4 * KiB;

constexpr std::string_view kThreadsReason =
    "is not a number of threads: give 1 to 256, several with commas, or a range such as 1-4";
constexpr std::string_view kFormReason =
    "is not a form: give formatted, function or deferred, several with commas";
constexpr std::string_view kOverflowReason =
    "is not an overflow policy: give block, drop_newest or shed, several with commas";
constexpr std::string_view kSyncReason =
    "is not a sync policy: give a duration such as 1s, bytes=SIZE, level, every, rotate or never, "
    "several with commas";
constexpr std::string_view kRateReason =
    "is not a rate: give calls a second up to 1000000000, or 0 for flat out, several with commas";
constexpr std::string_view kMessageReason =
    "is not a message: give numbers, text or text=SIZE with up to 64K, several with commas";
constexpr std::string_view kCpuReason =
    "is not a list of CPUs that this process may use, such as 0,1";

// What lies between commas; one empty text at least.
std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t comma = text.find(','); comma != std::string::npos;
       comma = text.find(',', begin)) {
    parts.push_back(text.substr(begin, comma - begin));
    begin = comma + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

// The whole text as a number.
std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && rest == end ? std::optional(number) : std::nullopt;
}

std::vector<unsigned> parse_threads(const std::string& text) {
  std::vector<unsigned> threads;
  for (const std::string& part : split(text)) {
    const std::size_t dash = part.find('-');
    const auto first = number_of(std::string_view(part).substr(0, dash));
    const auto last =
        dash == std::string::npos ? first : number_of(std::string_view(part).substr(dash + 1));
    if (!first || !last || *first < 1 || *last < *first || *last > kThreadsMax) {
      throw ArgumentError("--threads", part, kThreadsReason);
    }
    for (std::uint64_t count = *first; count <= *last; ++count) {
      threads.push_back(static_cast<unsigned>(count));
    }
  }
  return threads;
}

// One of the values that `name_of` names like the text.
template <class Value, class Name>
Value parse_name(std::string_view option, const std::string& text, std::string_view reason,
                 std::initializer_list<Value> values, const Name& name_of) {
  for (const Value value : values) {
    if (name_of(value) == text) {
      return value;
    }
  }
  throw ArgumentError(option, text, reason);
}

Form parse_form(const std::string& text) {
  return parse_name("--form", text, kFormReason, {Form::formatted, Form::function, Form::deferred},
                    &form_name);
}

Overflow parse_overflow(const std::string& text) {
  return parse_name("--overflow", text, kOverflowReason,
                    {Overflow::block, Overflow::drop_newest, Overflow::shed}, &overflow_name);
}

SyncChoice parse_sync(const std::string& text) {
  constexpr std::string_view kBytes = "bytes=";
  SyncChoice choice{.name = text, .options = {}};
  SyncOptions& options = choice.options;
  options.interval = std::chrono::nanoseconds(0);
  options.level_min = Level::off;
  if (text == "never") {
    options.on_rotate = false;
  } else if (text == "every") {
    options.every_batch = true;
  } else if (text == "level") {
    options.level_min = Level::info;  // that of every record here
  } else if (text.starts_with(kBytes)) {
    options.bytes_max = parse_size("--sync", std::string_view(text).substr(kBytes.size()));
  } else if (text != "rotate") {
    if (text.empty() || text.front() < '0' || text.front() > '9') {
      throw ArgumentError("--sync", text, kSyncReason);
    }
    options.interval = parse_duration("--sync", text);
  }
  return choice;
}

std::uint64_t parse_file_size(const std::string& text) {
  if (text == "never") {
    return 0;
  }
  const std::uint64_t bytes = parse_size("--size", text);
  if (bytes < kFileBytesMin) {
    throw ArgumentError("--size", text, "is too small to measure with: give at least 4K");
  }
  return bytes;
}

std::uint64_t parse_rate(const std::string& text) {
  const std::optional<std::uint64_t> rate = number_of(text);
  if (!rate || *rate > kRateMax) {
    throw ArgumentError("--rate", text, kRateReason);
  }
  return *rate;
}

std::uint64_t parse_message(const std::string& text) {
  constexpr std::string_view kText = "text=";
  if (text == "numbers") {
    return 0;
  }
  if (text == "text") {
    return kTextBytesDefault;
  }
  if (!text.starts_with(kText)) {
    throw ArgumentError("--message", text, kMessageReason);
  }
  const std::uint64_t bytes = parse_size("--message", std::string_view(text).substr(kText.size()));
  if (bytes > kMessageBytesMax) {
    throw ArgumentError("--message", text, kMessageReason);
  }
  return bytes;
}

std::vector<unsigned> parse_cpus(const std::string& text) {
  cpu_set_t usable;
  CPU_ZERO(&usable);
  if (::sched_getaffinity(0, sizeof(usable), &usable) != 0) {
    throw ArgumentError("--cpu", text, "cannot be checked: the CPUs to use are not known");
  }
  std::vector<unsigned> cpus;
  for (const std::string& part : split(text)) {
    const std::optional<std::uint64_t> cpu = number_of(part);
    if (!cpu || *cpu >= CPU_SETSIZE || !CPU_ISSET(*cpu, &usable)) {
      throw ArgumentError("--cpu", text, kCpuReason);
    }
    cpus.push_back(static_cast<unsigned>(*cpu));
  }
  return cpus;
}

// All cases so far, each with every value of one more list.
template <class Parse, class Member>
void vary(std::vector<LatencyCase>& cases, const std::string& text, const Parse& parse,
          Member member) {
  std::vector<LatencyCase> varied;
  for (const LatencyCase& each : cases) {
    for (const std::string& part : split(text)) {
      varied.push_back(each);
      varied.back().*member = parse(part);
    }
    if (varied.size() > kCasesMax) {
      throw ArgumentError("combinations", std::to_string(varied.size()) + " and more",
                          "are too many: at most 500 are measured at once");
    }
  }
  cases = std::move(varied);
}

std::vector<LatencyCase> parse_cases(const LatencyTexts& texts) {
  std::vector<LatencyCase> cases;
  for (const unsigned threads : parse_threads(texts.threads)) {
    cases.emplace_back().threads = threads;
  }
  vary(cases, texts.rate, parse_rate, &LatencyCase::rate_per_s);
  vary(cases, texts.message, parse_message, &LatencyCase::text_bytes);
  vary(cases, texts.overflow, parse_overflow, &LatencyCase::overflow);
  vary(cases, texts.sync, parse_sync, &LatencyCase::sync);
  vary(cases, texts.size, parse_file_size, &LatencyCase::size_bytes_max);
  vary(cases, texts.form, parse_form, &LatencyCase::form);
  return cases;
}

std::string folder_of(const LatencyTexts& texts) {
  if (texts.folder) {
    return *texts.folder;
  }
  const char* const named = std::getenv("TMPDIR");
  return named == nullptr || *named == '\0' ? "/tmp" : named;
}

}  // namespace

LatencyPlan latency_plan(const LatencyTexts& texts) {
  LatencyPlan plan;
  plan.cases = parse_cases(texts);
  if (texts.records) {
    plan.calls_max = parse_count("--records", *texts.records);
  }
  if (texts.duration) {
    plan.duration_max = parse_duration("--for", *texts.duration);
  }
  if (!texts.records && !texts.duration) {
    plan.calls_max = kRecordsDefault;
    plan.duration_max = kDurationDefault;
  }
  plan.queue_bytes = parse_queue_size("--queue", texts.queue);
  if (texts.cpu) {
    plan.cpus = parse_cpus(*texts.cpu);
  }
  plan.folder = folder_of(texts);
  return plan;
}

}  // namespace lathe::tools
