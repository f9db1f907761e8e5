// SPDX-License-Identifier: MIT

#include <lathe/level.hpp>

#include <string_view>

#include <gtest/gtest.h>

namespace lathe {
namespace {

TEST(LevelTest, ParseInvertsName) {
  for (int i = 0; i <= static_cast<int>(Level::off); ++i) {
    const auto level = static_cast<Level>(i);
    EXPECT_EQ(parse_level(level_name(level)), level) << level_name(level);
  }
}

TEST(LevelTest, ParsesAnyCaseAndTheWordsOfOtherLoggers) {
  EXPECT_EQ(parse_level("WARN"), Level::warn);
  EXPECT_EQ(parse_level("Warning"), Level::warn);
  EXPECT_EQ(parse_level("FATAL"), Level::critical);
  EXPECT_EQ(parse_level("oFf"), Level::off);
}

TEST(LevelTest, RefusesEverythingElse) {
  using namespace std::string_view_literals;
  for (const std::string_view text : {""sv, "w"sv, "warn "sv, " warn"sv, "warnin"sv, "warnings"sv,
                                      "2"sv, "in\0fo"sv, "info\0"sv, "err"sv, "critica\xcc"sv}) {
    EXPECT_EQ(parse_level(text), std::nullopt) << text;
  }
}

TEST(LevelTest, NamesAnImpossibleLevelInsteadOfReadingBeyondTheTable) {
  EXPECT_EQ(level_name(static_cast<Level>(7)), "?");
  EXPECT_EQ(level_name(static_cast<Level>(255)), "?");
}

}  // namespace
}  // namespace lathe
