// SPDX-License-Identifier: MIT

#include "contender_rounds.hpp"

#include "child.hpp"

namespace lathe::bench {

// Rounds one after another, each with all contenders, every other round in reverse order: what
// drifts on the machine hits all alike.
Table run_rounds(std::string_view table_name, const RunOptions& options, int rounds) {
  Table table;
  for (const Contender& contender : all_contenders()) {
    if (std::string_view(contender.name).starts_with(table_name)) {
      table.push_back({contender, {}});
    }
  }
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < table.size(); ++i) {
      Row& row = table[round % 2 == 0 ? i : table.size() - 1 - i];
      row.rounds.push_back(run_in_child(row.contender, options));
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
