// SPDX-License-Identifier: MIT

#include "output_check.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>
#include <string>

#include "support/temp_dir.hpp"

namespace lathe::bench {
namespace {

constexpr const char* kHead = "2026-11-22 13:50:33.123456 [77] info     ";

std::string line(std::uint64_t n) {
  return fmt::format("{}Iteration: {} int: {} double: {}\n", kHead, n, n * 2,
                     static_cast<double>(n) / 2);
}

std::string lines(std::uint64_t from, std::uint64_t to) {
  std::string text;
  for (std::uint64_t n = from; n < to; ++n) {
    text += line(n);
  }
  return text;
}

class OutputCheckTest : public testing::Test {
 protected:
  // What check_output() says of a file with this text; empty if nothing.
  [[nodiscard]] std::string complaint(const std::string& text, std::uint64_t records) const {
    folder_.write("log", text);
    try {
      check_output({.files = {folder_ / "log"}}, records);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }

  TempDir folder_;
};

TEST_F(OutputCheckTest, CountsTheBytesOfAllFiles) {
  folder_.write("old", lines(0, 3));
  folder_.write("new", lines(3, 12));
  EXPECT_EQ(check_output({.files = {folder_ / "old", folder_ / "new"}}, 12), lines(0, 12).size());
}

TEST_F(OutputCheckTest, PassesOverAHeaderOfEachFile) {
  folder_.write("old", "made at noon\n" + lines(0, 3));
  folder_.write("new", "made later\n" + lines(3, 5));
  EXPECT_NO_THROW(
      check_output({.files = {folder_ / "old", folder_ / "new"}, .header_lines = 1}, 5));
}

TEST_F(OutputCheckTest, ARecordIsMissingAtTheEnd) {
  EXPECT_EQ(complaint(lines(0, 9), 10), "9 lines instead of 10");
}

TEST_F(OutputCheckTest, ARecordIsMissingInTheMiddle) {
  EXPECT_EQ(complaint(lines(0, 4) + lines(5, 10), 10),
            fmt::format("line 5 is '{}Iteration: 5 int: 10 double: 2.5'", kHead));
}

TEST_F(OutputCheckTest, ARecordIsThereTwice) {
  EXPECT_NE(complaint(lines(0, 4) + lines(3, 10), 10), "");
}

TEST_F(OutputCheckTest, TwoRecordsHaveChangedPlaces) {
  EXPECT_NE(complaint(line(1) + line(0), 2), "");
}

TEST_F(OutputCheckTest, TheLastLineHasNoEnd) {
  std::string text = lines(0, 10);
  text.pop_back();
  EXPECT_NE(complaint(text, 10).find("torn line"), std::string::npos);
}

TEST_F(OutputCheckTest, ALineLacksItsBeginning) {
  EXPECT_NE(complaint(line(0) + line(1).substr(10) + line(2), 3), "");
}

TEST_F(OutputCheckTest, ALineIsInsideOfAnother) {
  EXPECT_NE(complaint(line(0) + line(1).substr(0, 10) + line(1) + line(2), 3), "");
}

TEST_F(OutputCheckTest, ThereIsNoFile) {
  EXPECT_THROW(check_output({.files = {folder_ / "none"}}, 0), std::runtime_error);
}

}  // namespace
}  // namespace lathe::bench
