// SPDX-License-Identifier: MIT

#include "contenders.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <stdexcept>

#include "child.hpp"

namespace lathe::bench {

std::vector<Contender> all_contenders() {
  std::vector<Contender> all;
  const auto add = [&all](std::span<const Contender> some) {
    all.insert(all.end(), some.begin(), some.end());
  };
  add(lathe_contenders());
#ifdef LATHE_BENCH_SPDLOG
  add(spdlog_contenders());
#endif
  add(upkeep_contenders());
  add(rotation_contenders());
  return all;
}

Report run_in_child(const Contender& contender, const RunOptions& options) {
  try {
    return report_of_child(
        {"lathe_bench", "--one", contender.name, "--records", std::to_string(options.records),
         "--batches", std::to_string(options.batches), "--seconds",
         std::to_string(options.idle_seconds)},
        options.folder);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(fmt::format("{}: {}", contender.name, error.what()));
  }
}

int run_one(const std::string& name, const RunOptions& options) {
  for (const Contender& contender : all_contenders()) {
    if (contender.name == name) {
      print_report(contender.run(options));
      return 0;
    }
  }
  fmt::print(stderr, "lathe_bench: there is no contender '{}'\n", name);
  return 2;
}

}  // namespace lathe::bench
