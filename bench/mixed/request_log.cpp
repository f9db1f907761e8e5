// SPDX-License-Identifier: MIT

#include "request_log.hpp"

#include <algorithm>

namespace lathe::bench {

std::vector<LogKind> all_logs() {
  std::vector<LogKind> all;
  const auto add = [&all](std::span<const LogKind> some) {
    all.insert(all.end(), some.begin(), some.end());
  };
  add(plain_logs());
#ifdef LATHE_BENCH_SPDLOG
  add(spdlog_logs());
#endif
  add(lathe_logs());
  return all;
}

std::string log_names() {
  std::string names;
  for (const LogKind& log : all_logs()) {
    names += names.empty() ? "" : ", ";
    names += log.name;
  }
  return names;
}

const LogKind* find_log(std::span<const LogKind> logs, std::string_view name) {
  const auto found =
      std::find_if(logs.begin(), logs.end(), [&](const LogKind& log) { return name == log.name; });
  return found == logs.end() ? nullptr : &*found;
}

}  // namespace lathe::bench
