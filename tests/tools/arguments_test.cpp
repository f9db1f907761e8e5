// SPDX-License-Identifier: MIT

#include "tools/arguments.hpp"

#include <gtest/gtest.h>

#include <string>

namespace lathe::tools {
namespace {

TEST(ArgumentsTest, ReadsSizesInPowersOf1024) {
  struct Case {
    const char* text;
    std::uint64_t want;
  };
  constexpr Case kCases[] = {{"1", 1},          {"4096", 4096},    {"16K", 16 << 10},
                             {"64M", 64 << 20}, {"1G", 1 << 30},   {"2g", 2ULL << 30},
                             {"007k", 7 << 10}, {"8G", 8ULL << 30}};
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(parse_size("--size", c.text), c.want);
  }
}

TEST(ArgumentsTest, RefusesWhatIsNoSize) {
  for (const char* text : {"", "0", "0K", "-1", "+1", "K", "1.5G", "10X", "10KB", "1 K", " 1", "1 ",
                           "0x10", "8589934592G", "99999999999999999999"}) {
    SCOPED_TRACE(text);
    EXPECT_THROW((void)parse_size("--size", text), ArgumentError);
  }
}

TEST(ArgumentsTest, NamesTheOptionAndTheText) {
  try {
    (void)parse_size("--size", "10X");
    FAIL() << "nothing was thrown";
  } catch (const ArgumentError& error) {
    EXPECT_EQ(std::string(error.what()),
              "--size: '10X' is not a size: give bytes, or a number with K, M or G, at least 1");
  }
}

TEST(ArgumentsTest, ReadsCounts) {
  EXPECT_EQ(parse_count("--keep", "1"), 1U);
  EXPECT_EQ(parse_count("--keep", "1000"), 1000U);
  for (const char* text : {"", "0", "-1", "1K", "ten", "99999999999999999999"}) {
    SCOPED_TRACE(text);
    EXPECT_THROW((void)parse_count("--keep", text), ArgumentError);
  }
}

TEST(ArgumentsTest, ReadsDurations) {
  using namespace std::chrono_literals;
  EXPECT_EQ(parse_duration("--sync", "250ms"), 250ms);
  EXPECT_EQ(parse_duration("--sync", "1s"), 1s);
  EXPECT_EQ(parse_duration("--sync", "5m"), 5min);
  EXPECT_EQ(parse_duration("--sync", "2h"), 2h);
  EXPECT_EQ(parse_duration("--max-age", "7d"), 168h);
  for (const char* text :
       {"", "0s", "1", "s", "-1s", "1.5s", "1w", "1D", "9999999999h", "999999d"}) {
    SCOPED_TRACE(text);
    EXPECT_THROW((void)parse_duration("--sync", text), ArgumentError);
  }
}

TEST(ArgumentsTest, ReadsModesInOctal) {
  EXPECT_EQ(parse_mode("--mode", "0640"), 0640U);
  EXPECT_EQ(parse_mode("--mode", "600"), 0600U);
  EXPECT_EQ(parse_mode("--mode", "0"), 0U);
  EXPECT_EQ(parse_mode("--mode", "7777"), 07777U);
  for (const char* text : {"", "8", "0o640", "-1", "00640", "u+w", "640 ", "0648"}) {
    SCOPED_TRACE(text);
    EXPECT_THROW((void)parse_mode("--mode", text), ArgumentError);
  }
}

}  // namespace
}  // namespace lathe::tools
