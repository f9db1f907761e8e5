// SPDX-License-Identifier: MIT

#include "core/escape.hpp"

#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "core/random.hpp"

namespace lathe {
namespace {

using namespace std::string_view_literals;

// Copies out of and into blocks of exactly the promised size, so that AddressSanitizer sees a step
// beyond either.
std::string escaped(std::string_view text) {
  const auto from = std::make_unique<char[]>(text.size());
  if (!text.empty()) std::memcpy(from.get(), text.data(), text.size());
  const auto out = std::make_unique<char[]>(kEscapeFactor * text.size());
  const char* const end = copy_escaped({from.get(), text.size()}, out.get());
  return {out.get(), static_cast<std::size_t>(end - out.get())};
}

// The rule, byte by byte and with nothing clever.
std::string escaped_slowly(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto value = static_cast<unsigned char>(c);
    char hex[8];
    std::snprintf(hex, sizeof hex, "\\x%02x", value);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (c == '\t') {
      out += "\\t";
    } else if (value < 0x20 || value == 0x7f) {
      out += hex;
    } else {
      out += c;
    }
  }
  return out;
}

TEST(EscapeTest, WritesEachControlCharacterInItsForm) {
  EXPECT_EQ(escaped("a\nb\rc\td"), "a\\nb\\rc\\td");
  EXPECT_EQ(escaped("\0\x01\x1b[0m\x1f\x7f"sv), "\\x00\\x01\\x1b[0m\\x1f\\x7f");
}

TEST(EscapeTest, LeavesBackslashesAndUtf8Alone) {
  EXPECT_EQ(escaped("C:\\new\\temp"), "C:\\new\\temp");
  EXPECT_EQ(escaped("Gr\u00fc\u00dfe \u65e5\u672c \U0001f600 \xff\x80"),
            "Gr\u00fc\u00dfe \u65e5\u672c \U0001f600 \xff\x80");
}

TEST(EscapeTest, TreatsEveryByteByTheRuleAtEveryPlaceOfEveryLength) {
  for (std::size_t size = 1; size <= 50; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int value = 0; value < 256; ++value) {
        std::string text(size, 'x');
        text[at] = static_cast<char>(value);
        ASSERT_EQ(escaped(text), escaped_slowly(text)) << size << " " << at << " " << value;
      }
    }
  }
}

TEST(EscapeTest, TreatsRandomTextByTheRule) {
  Random random;
  SCOPED_TRACE(random.seed_text());
  const std::string alphabets[] = {"ab\n",         "abcdefghijklmnopqrstuvwxyz0123456789 \x1b",
                                   "\x1f\x20\x7e", "\x7f\x80\x7e",
                                   "\xff\x01\x81", "abc"};
  for (int i = 0; i < 20'000; ++i) {
    const std::string& alphabet = alphabets[i % 6];
    const std::string text = random.text(random.between<std::size_t>(0, 100), alphabet);
    ASSERT_EQ(escaped(text), escaped_slowly(text));
  }
}

TEST(EscapeTest, CopiesNothingForNoText) {
  EXPECT_EQ(escaped(""), "");
  char out = '!';
  EXPECT_EQ(copy_escaped(std::string_view{}, &out), &out);
  EXPECT_EQ(out, '!');
}

TEST(EscapeTest, WritesCleanTextWithinItsOwnSize) {
  for (std::size_t size = 0; size <= 70; ++size) {
    const std::string text(size, 'x');
    const auto out = std::make_unique<char[]>(size);
    EXPECT_EQ(copy_escaped(text, out.get()), out.get() + size);
    EXPECT_EQ(std::string_view(out.get(), size), text);
  }
}

}  // namespace
}  // namespace lathe
