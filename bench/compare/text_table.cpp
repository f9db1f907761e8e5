// SPDX-License-Identifier: MIT

#include "compare/text_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace lathe::compare {

std::string plain_text(const TextTable& table) {
  std::vector<std::size_t> widths;
  for (std::size_t column = 0; column < table.heads.size(); ++column) {
    std::size_t width = table.heads[column].size();
    for (const std::vector<std::string>& row : table.rows) {
      width = std::max(width, row[column].size());
    }
    widths.push_back(width);
  }
  std::string text;
  const auto add = [&](const std::vector<std::string>& cells) {
    text += fmt::format("{:<{}}", cells.front(), widths.front());
    for (std::size_t column = 1; column < cells.size(); ++column) {
      text += fmt::format("  {:>{}}", cells[column], widths[column]);
    }
    text += '\n';
  };
  add(table.heads);
  for (const std::vector<std::string>& row : table.rows) {
    add(row);
  }
  return text;
}

std::string markdown(const TextTable& table) {
  std::string text = fmt::format("| {} |\n|---", fmt::join(table.heads, " | "));
  for (std::size_t column = 1; column < table.heads.size(); ++column) {
    text += "|---:";
  }
  text += "|\n";
  for (const std::vector<std::string>& row : table.rows) {
    text += fmt::format("| {} |\n", fmt::join(row, " | "));
  }
  return text;
}

}  // namespace lathe::compare
