// SPDX-License-Identifier: MIT
//
// What is varied, one variable at a time around a default, and the points that this takes.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "rounds.hpp"
#include "tools/latency_arguments.hpp"

namespace lathe::bench {

// The columns of a point's numbers.
enum PointColumn : std::size_t { kRecordsPerS, kBytesPerS, kCallNs, kRatePerS };

// Where everything is that is not varied just now; and whatever is not varied at all.
[[nodiscard]] tools::LatencyTexts default_texts();

struct Variable {
  const char* title;  // "Threads"
  const char* name;   // of the axis, with its unit
  std::vector<std::string> values;
  std::string tools::LatencyTexts::*member;
  const char* prefix = "";           // before a value, as the option of `lathe latency` has it
  bool changes_record_size = false;  // records/s and MB/s have other curves

  // The default, but for this variable.
  [[nodiscard]] tools::LatencyTexts texts(const std::string& value) const;
};

// All of them; `is_quick`: two values of each.
[[nodiscard]] std::vector<Variable> variables(bool is_quick);

// One point, whichever variables it belongs to.
struct Point {
  tools::LatencyTexts texts;
  Rounds rounds;
};

// All points that the variables take in these forms, each once: the default first, of each form.
[[nodiscard]] std::vector<Point> points_of(const std::vector<Variable>& variables,
                                           const std::vector<std::string>& forms);

[[nodiscard]] const Point& find_point(const std::vector<Point>& points,
                                      const tools::LatencyTexts& texts, const std::string& form);

}  // namespace lathe::bench
