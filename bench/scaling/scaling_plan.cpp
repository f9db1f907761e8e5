// SPDX-License-Identifier: MIT

#include "scaling_plan.hpp"

#include <algorithm>
#include <stdexcept>
#include <tuple>

namespace lathe::bench {
namespace {

using tools::LatencyTexts;

auto key_of(const LatencyTexts& texts) {
  return std::tie(texts.threads, texts.message, texts.queue, texts.size, texts.sync, texts.form);
}

std::vector<Point>::const_iterator place_of(const std::vector<Point>& points,
                                            const LatencyTexts& texts) {
  return std::find_if(points.begin(), points.end(),
                      [&](const Point& point) { return key_of(point.texts) == key_of(texts); });
}

}  // namespace

LatencyTexts default_texts() {
  LatencyTexts texts;
  texts.threads = "1";
  texts.message = "text=64";
  texts.queue = "256K";
  texts.size = "64M";
  texts.sync = "1s";
  texts.rate = "0";
  return texts;
}

LatencyTexts Variable::texts(const std::string& value) const {
  LatencyTexts texts = default_texts();
  texts.*member = prefix + value;
  return texts;
}

std::vector<Variable> variables(bool is_quick) {
  std::vector<Variable> all{
      {"Threads", "threads", {"1", "2", "4", "8", "16", "32", "64"}, &LatencyTexts::threads},
      {"Size of a record",
       "bytes of text in a record",
       {"16", "64", "256", "1K", "4K", "16K", "64K"},
       &LatencyTexts::message,
       "text=",
       true},
      {"Size of a thread's queue",
       "bytes of a queue",
       {"16K", "64K", "256K", "1M", "4M"},
       &LatencyTexts::queue},
      {"Size at which a file is rotated",
       "bytes of a file",
       {"1M", "4M", "16M", "64M", "256M", "never"},
       &LatencyTexts::size},
      {"When it is synced",
       "sync policy",
       {"never", "rotate", "1s", "bytes=1M", "level", "every"},
       &LatencyTexts::sync},
  };
  if (is_quick) {
    for (Variable& variable : all) {
      variable.values = {variable.values.front(), variable.values.back()};
    }
  }
  return all;
}

std::vector<Point> points_of(const std::vector<Variable>& variables,
                             const std::vector<std::string>& forms) {
  std::vector<Point> points;
  const auto add = [&](LatencyTexts texts) {
    for (const std::string& form : forms) {
      texts.form = form;
      if (place_of(points, texts) == points.end()) {
        points.push_back({texts, {}});
      }
    }
  };
  add(default_texts());
  for (const Variable& variable : variables) {
    for (const std::string& value : variable.values) {
      add(variable.texts(value));
    }
  }
  return points;
}

const Point& find_point(const std::vector<Point>& points, const LatencyTexts& texts,
                        const std::string& form) {
  LatencyTexts wanted = texts;
  wanted.form = form;
  const auto found = place_of(points, wanted);
  if (found == points.end()) {
    throw std::logic_error("a point that was not measured");
  }
  return *found;
}

}  // namespace lathe::bench
