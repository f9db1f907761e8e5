// SPDX-License-Identifier: MIT
//
// Texts of the options of `lathe latency` -> a plan. Pure, but for the CPUs that the process may
// use. Does not know how they are given (latency_verb.hpp).

#pragma once

#include <optional>
#include <string>

#include "tools/latency_plan.hpp"

namespace lathe::tools {

// The texts as they were given; those with several values have commas between them.
struct LatencyTexts {
  std::string threads = "1";
  std::string form = "formatted,function,deferred";
  std::string overflow = "block";
  std::string sync = "1s";
  std::string size = "never";
  std::string rate = "100000";
  std::string message = "numbers";
  std::optional<std::string> records =
      std::nullopt;  // neither of them: kRecordsDefault and kDurationDefault
  std::optional<std::string> duration = std::nullopt;
  std::string queue = "256K";
  std::optional<std::string> cpu = std::nullopt;
  std::optional<std::string> folder = std::nullopt;
  std::optional<std::string> json = std::nullopt;
  std::optional<std::string> plot = std::nullopt;
};

// With neither limit given. Long enough for twenty samples above the 99.99th percentile; flat out,
// the records end it after some 100 MB a thread.
inline constexpr std::uint64_t kRecordsDefault = 1'000'000;
inline constexpr std::chrono::seconds kDurationDefault{2};

// Every combination of the values, in the order in which they were given. Throws ArgumentError.
//
// Tested by: LatencyArgumentsTest
[[nodiscard]] LatencyPlan latency_plan(const LatencyTexts& texts);

}  // namespace lathe::tools
