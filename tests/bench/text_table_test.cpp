// SPDX-License-Identifier: MIT

#include "compare/text_table.hpp"

#include <gtest/gtest.h>

namespace lathe::compare {
namespace {

const TextTable kTable{.heads = {"", "p50 ns"}, .rows = {{"a logger", "7"}, {"b", "12345678"}}};

TEST(TextTableTest, ColumnsAreAsWideAsTheirWidestCell) {
  EXPECT_EQ(plain_text(kTable),
            "            p50 ns\n"
            "a logger         7\n"
            "b         12345678\n");
}

TEST(TextTableTest, MarkdownHasARuleBelowTheHeads) {
  EXPECT_EQ(markdown(kTable),
            "|  | p50 ns |\n"
            "|---|---:|\n"
            "| a logger | 7 |\n"
            "| b | 12345678 |\n");
}

}  // namespace
}  // namespace lathe::compare
