// SPDX-License-Identifier: MIT

#include "tools/line_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace lathe::tools {
namespace {

constexpr std::size_t kNoLimit = std::size_t{1} << 26;

void put(LineBuffer& buffer, std::string_view text) {
  while (!text.empty()) {
    const std::span<char> room = buffer.room();
    const std::size_t count = std::min(room.size(), text.size());
    std::copy_n(text.begin(), count, room.begin());
    buffer.fill(count);
    text.remove_prefix(count);
  }
}

std::vector<std::string> whole_lines(LineBuffer& buffer) {
  std::vector<std::string> lines;
  for (std::string_view line = buffer.next_line(); !line.empty(); line = buffer.next_line()) {
    lines.emplace_back(line);
  }
  return lines;
}

TEST(LineBufferTest, CutsAfterEachLineEnd) {
  LineBuffer buffer(kNoLimit);
  put(buffer, "one\n\ntwo\r\nrest");

  EXPECT_EQ(whole_lines(buffer), (std::vector<std::string>{"one\n", "\n", "two\r\n"}));
  EXPECT_EQ(buffer.take_rest(), "rest");
  EXPECT_EQ(buffer.take_rest(), "");
}

TEST(LineBufferTest, KeepsNulBytes) {
  const std::string text("a\0b\n\0\n", 6);
  LineBuffer buffer(kNoLimit);
  put(buffer, text);

  EXPECT_EQ(whole_lines(buffer), (std::vector<std::string>{text.substr(0, 4), text.substr(4)}));
}

TEST(LineBufferTest, JoinsALineThatArrivesByteByByte) {
  LineBuffer buffer(kNoLimit);
  for (const char byte : std::string("slow")) {
    put(buffer, std::string(1, byte));
    EXPECT_EQ(buffer.next_line(), "");
  }
  put(buffer, "\n");

  EXPECT_EQ(buffer.next_line(), "slow\n");
}

TEST(LineBufferTest, CutsALineThatIsTooLongIntoPieces) {
  LineBuffer buffer(4);
  put(buffer, "123456789\nab\n");

  EXPECT_EQ(whole_lines(buffer), (std::vector<std::string>{"1234", "5678", "9\n", "ab\n"}));
}

TEST(LineBufferTest, BundlesWholeLinesOnly) {
  LineBuffer buffer(kNoLimit);
  put(buffer, "aa\nbb\ncc\na long line\nd");

  EXPECT_EQ(buffer.next_lines(7), "aa\nbb\n");
  EXPECT_EQ(buffer.next_lines(7), "cc\n");
  EXPECT_EQ(buffer.next_lines(7), "a long line\n");
  EXPECT_EQ(buffer.next_lines(7), "");
  EXPECT_EQ(buffer.take_rest(), "d");
}

TEST(LineBufferTest, BundlesNothingWithTheRestOfASearchedLine) {
  LineBuffer buffer(kNoLimit);
  put(buffer, "half");
  EXPECT_EQ(buffer.next_lines(100), "");
  put(buffer, " line\nnext\n");

  EXPECT_EQ(buffer.next_lines(100), "half line\n");
  EXPECT_EQ(buffer.next_lines(100), "next\n");
}

// Whatever the sizes of lines, reads, bundles and pieces are, the bytes come out as they went in,
// and every cut but the last is at a line end or at the longest line.
TEST(LineBufferTest, ReturnsEveryByteInOrder) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 20; ++round) {
    const std::size_t line_bytes_max = 1 + random() % 600'000;
    std::string text;
    while (text.size() < 2'000'000) {
      text.append(random() % (random() % 2 == 0 ? 20 : 900'000), 'x');
      text.push_back('\n');
    }
    text.append(random() % 50, 'y');
    LineBuffer buffer(line_bytes_max);
    std::string got;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t count = std::min<std::size_t>(1 + random() % 300'000, text.size() - at);
      put(buffer, std::string_view(text).substr(at, count));
      at += count;
      const std::size_t bundle = random() % 5000;
      for (std::string_view next = buffer.next_lines(bundle); !next.empty();
           next = buffer.next_lines(bundle)) {
        ASSERT_LE(next.size(), line_bytes_max);
        ASSERT_TRUE(next.back() == '\n' || next.size() == line_bytes_max);
        got.append(next);
      }
    }
    got.append(buffer.take_rest());
    ASSERT_TRUE(got == text);  // not ASSERT_EQ: megabytes
  }
}

}  // namespace
}  // namespace lathe::tools
