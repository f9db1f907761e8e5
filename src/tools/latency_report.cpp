// SPDX-License-Identifier: MIT

#include "tools/latency_report.hpp"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

namespace lathe::tools {
namespace {

std::string threads_name(unsigned threads) {
  return fmt::format("{} thread{}", threads, threads == 1 ? "" : "s");
}

// One thing that can vary, as text.
struct Aspect {
  bool is_always_told;
  std::function<std::string(const LatencyCase&)> name;
};

std::vector<Aspect> aspects() {
  return {
      {true, [](const LatencyCase& c) { return std::string(form_name(c.form)); }},
      {false, [](const LatencyCase& c) { return threads_name(c.threads); }},
      {false, [](const LatencyCase& c) { return rate_name(c.rate_per_s); }},
      {false, [](const LatencyCase& c) { return message_name(c.text_bytes); }},
      {false,
       [](const LatencyCase& c) { return "overflow " + std::string(overflow_name(c.overflow)); }},
      {false, [](const LatencyCase& c) { return "sync " + c.sync.name; }},
      {false, [](const LatencyCase& c) { return rotation_name(c.size_bytes_max); }},
  };
}

void append(std::string& text, std::string_view more) {
  text += text.empty() ? "" : ", ";
  text += more;
}

}  // namespace

std::string_view form_name(Form form) noexcept {
  switch (form) {
    case Form::formatted:
      return "formatted";
    case Form::function:
      return "function";
    case Form::deferred:
      break;
  }
  return "deferred";
}

std::string_view overflow_name(Overflow overflow) noexcept {
  switch (overflow) {
    case Overflow::block:
      return "block";
    case Overflow::drop_newest:
      return "drop_newest";
    case Overflow::shed:
      break;
  }
  return "shed";
}

std::string size_name(std::uint64_t bytes) {
  for (const auto& [unit, letter] : {std::pair{GiB, 'G'}, {MiB, 'M'}, {KiB, 'K'}}) {
    if (bytes != 0 && bytes % unit == 0) {
      return fmt::format("{}{}", bytes / unit, letter);
    }
  }
  return std::to_string(bytes);
}

std::string rotation_name(std::uint64_t size_bytes_max) {
  return size_bytes_max == 0 ? "not rotated" : "files of " + size_name(size_bytes_max);
}

std::string rate_name(std::uint64_t rate_per_s) {
  return rate_per_s == 0 ? "flat out" : fmt::format("{} calls/s", rate_per_s);
}

std::string message_name(std::uint64_t text_bytes) {
  return text_bytes == 0 ? "numbers" : fmt::format("text of {} bytes", text_bytes);
}

Labels labels_of(const LatencyPlan& plan) {
  const std::vector<LatencyCase>& cases = plan.cases;
  Labels labels;
  labels.cases.resize(cases.size());
  for (const Aspect& aspect : aspects()) {
    const std::string first = aspect.name(cases.front());
    const bool varies = std::any_of(cases.begin(), cases.end(), [&](const LatencyCase& each) {
      return aspect.name(each) != first;
    });
    if (!varies && !aspect.is_always_told) {
      append(labels.shared, first);
      continue;
    }
    for (std::size_t i = 0; i < cases.size(); ++i) {
      append(labels.cases[i], aspect.name(cases[i]));
    }
  }
  const auto differs = [&](auto member) {
    return std::any_of(cases.begin(), cases.end(), [&](const LatencyCase& each) {
      return each.*member != cases.front().*member;
    });
  };
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (!brings_empty(plan, i)) {
      continue;
    }
    std::string& label = labels.empties.emplace_back("empty measurement");
    if (differs(&LatencyCase::threads)) {
      append(label, threads_name(cases[i].threads));
    }
    if (differs(&LatencyCase::rate_per_s)) {
      append(label, rate_name(cases[i].rate_per_s));
    }
  }
  return labels;
}

bool brings_empty(const LatencyPlan& plan, std::size_t number) {
  const LatencyCase& what = plan.cases[number];
  const auto end = plan.cases.begin() + static_cast<std::ptrdiff_t>(number);
  return std::none_of(plan.cases.begin(), end, [&](const LatencyCase& each) {
    return each.threads == what.threads && each.rate_per_s == what.rate_per_s;
  });
}

}  // namespace lathe::tools
