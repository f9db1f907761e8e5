// SPDX-License-Identifier: MIT

#include "contender_rounds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "fresh_process.hpp"

namespace lathe::bench {

Report run_in_fresh_process(const Contender& contender, const RunOptions& options) {
  return numbers_of_fresh_process_in(
      options.folder,
      {program_invocation_short_name, "--one", contender.name, "--records",
       std::to_string(options.records), "--batches", std::to_string(options.batches), "--seconds",
       std::to_string(options.idle_seconds)});
}

int run_one(const std::string& name, const RunOptions& options) {
  for (const Contender& contender : all_contenders()) {
    if (contender.name == name) {
      print_numbers(contender.run(options));
      return 0;
    }
  }
  fmt::print(stderr, "{}: there is no contender '{}'\n", program_invocation_short_name, name);
  return 2;
}

Table run_rounds(std::string_view table_name, const RunOptions& options, std::size_t rounds) {
  Table table;
  for (const Contender& contender : all_contenders()) {
    if (std::string_view(contender.name).starts_with(table_name)) {
      table.push_back({contender, {}});
    }
  }
  for (std::size_t round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < table.size(); ++i) {
      Row& row = table[turn(round, i, table.size())];
      row.rounds.push_back(run_in_fresh_process(row.contender, options));
    }
  }
  return table;
}

const Row* find(const Table& table, std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const Row& row) { return name == row.contender.name; });
  return found == table.end() ? nullptr : &*found;
}

}  // namespace lathe::bench
