// SPDX-License-Identifier: MIT
//
// Tables of texts, for a terminal and for GitHub. Pure.

#pragma once

#include <string>
#include <vector>

namespace lathe::compare {

// The first column names the rows; the others are numbers.
struct TextTable {
  std::vector<std::string> heads;
  std::vector<std::vector<std::string>> rows;  // each as long as the heads
};

// In columns; numbers to the right.
[[nodiscard]] std::string plain_text(const TextTable& table);

[[nodiscard]] std::string markdown(const TextTable& table);

}  // namespace lathe::compare
