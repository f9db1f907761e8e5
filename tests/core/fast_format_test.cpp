// SPDX-License-Identifier: MIT
//
// The short way must yield what fmt yields, byte for byte.

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <random>
#include <string>
#include <string_view>

#include <lathe/format.hpp>

namespace lathe {
namespace {

std::string fast(double value) {
  char text[kNumberBytesMax];
  return {text, write_double(text, value)};
}

// The bytes behind a message that writing may change, and those that it must not.
constexpr char kGuard = '#';

template <class Format, class... Args>
std::string fast_message(const Format&, const Args&... args) {
  static_assert(format_way<Format, Args...>() == FormatWay::pieces);
  static constexpr auto kText = static_cast<fmt::string_view>(Format{});
  static constexpr MacroSite<kText.size()> kSite{"", 0, {kText.data(), kText.size()}};
  const std::array<std::size_t, sizeof...(Args) + 1> bytes{argument_bytes(args)..., 0};
  const std::size_t room =
      kSite.format.literal_bytes + std::accumulate(bytes.begin(), bytes.end(), std::size_t{0});
  std::string text(room + FormatPieces::kBlockBytes + 1, kGuard);
  char* const end = write_pieces(text.data(), kSite.format, bytes, pass_argument(args)...);
  EXPECT_LE(static_cast<std::size_t>(end - text.data()), room);
  EXPECT_EQ(text.back(), kGuard);
  return std::string(text.data(), end);
}

template <class Format, class... Args>
constexpr bool goes_the_short_way(const Format&, const Args&...) {
  return format_way<Format, Args...>() == FormatWay::pieces;
}

FormatPieces split(std::string_view text) { return split_format(text.data(), text.size()); }

TEST(FastFormatTest, WritesDoublesAsFmtDoes) {
  const double values[] = {0.0,
                           -0.0,
                           1.0,
                           -1.0,
                           1.5,
                           0.1,
                           0.3,
                           2.675,
                           123456.789,
                           0.0001,
                           0.00010001,
                           0.000099999,
                           0.000001,
                           999999999.999999,
                           1e9,
                           1e15,
                           1e16,
                           1e17,
                           1e300,
                           123456789.123456,
                           0.30000000000000004,
                           1.0 / 3.0,
                           100.0,
                           1e8,
                           std::numeric_limits<double>::min(),
                           std::numeric_limits<double>::denorm_min(),
                           std::numeric_limits<double>::max(),
                           std::numeric_limits<double>::infinity(),
                           -std::numeric_limits<double>::infinity(),
                           std::numeric_limits<double>::quiet_NaN()};
  for (const double value : values) {
    EXPECT_EQ(fast(value), fmt::format("{}", value));
    EXPECT_EQ(fast(-value), fmt::format("{}", -value));
  }
}

TEST(FastFormatTest, WritesRandomDoublesAsFmtDoes) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 200'000; ++i) {
    const auto bits = std::bit_cast<double>(random());  // any double there is
    ASSERT_EQ(fast(bits), fmt::format("{}", bits));
    const auto whole = static_cast<double>(random() % 1'000'000'000'000'000);
    for (const double scale : {1.0, 10.0, 100.0, 1e3, 1e6, 1e7, 1e9}) {
      const double decimal = whole / scale;  // a short one
      ASSERT_EQ(fast(decimal), fmt::format("{}", decimal));
      const double next = std::nextafter(decimal, 0.0);  // and its neighbour, which is not
      ASSERT_EQ(fast(next), fmt::format("{}", next));
    }
  }
}

TEST(FastFormatTest, WritesIntegersAsFmtDoes) {
  const auto check = [](auto value) {
    EXPECT_EQ(fast_message(FMT_COMPILE("{}"), value), fmt::format("{}", value));
  };
  for (std::uint64_t power = 1; power < 10'000'000'000'000'000'000U / 10 * 9; power *= 10) {
    check(power - 1);
    check(power);
    check(static_cast<std::int64_t>(power));
    check(-static_cast<std::int64_t>(power));
    if (power > 1'000'000'000'000'000'000U) {
      break;
    }
  }
  check(std::numeric_limits<std::uint64_t>::max());
  check(std::numeric_limits<std::int64_t>::min());
  check(std::numeric_limits<std::int64_t>::max());
  check(std::numeric_limits<int>::min());
  check(std::numeric_limits<short>::min());
  check(static_cast<signed char>(-128));
  check(static_cast<unsigned char>(255));
  check(static_cast<unsigned short>(65535));
}

TEST(FastFormatTest, CountsDigits) {
  EXPECT_EQ(count_digits(0), 1u);
  EXPECT_EQ(count_digits(std::numeric_limits<std::uint64_t>::max()), 20u);
  std::uint64_t power = 10;
  for (std::size_t digits = 2; digits <= 20; ++digits, power *= 10) {
    EXPECT_EQ(count_digits(power - 1), digits - 1);
    EXPECT_EQ(count_digits(power), digits);
  }
  for (int bit = 0; bit < 64; ++bit) {
    const std::uint64_t value = std::uint64_t{1} << bit;
    EXPECT_EQ(count_digits(value), fmt::format("{}", value).size());
    EXPECT_EQ(count_digits(value - 1), fmt::format("{}", value - 1).size());
  }
}

TEST(FastFormatTest, PutsLiteralsAndArgumentsTogether) {
  EXPECT_EQ(fast_message(FMT_COMPILE("no field")), "no field");
  EXPECT_EQ(fast_message(FMT_COMPILE("")), "");
  EXPECT_EQ(fast_message(FMT_COMPILE("{}"), 1), "1");
  EXPECT_EQ(fast_message(FMT_COMPILE("{}{}"), 1, 2), "12");
  EXPECT_EQ(fast_message(FMT_COMPILE("a {} b {} c {} d"), -1, 2.5, std::string("text")),
            "a -1 b 2.5 c text d");
  const char array[8] = "abc";
  const char* pointer = "def";
  const char* null = nullptr;
  EXPECT_EQ(fast_message(FMT_COMPILE("{} {} {}"), array, pointer, null), "abc def (null)");
  EXPECT_EQ(fast_message(FMT_COMPILE("{}"), std::string_view("x\0y", 3)), std::string("x\0y", 3));
}

TEST(FastFormatTest, WritesBoolsAndCharactersAsFmtDoes) {
  EXPECT_EQ(fast_message(FMT_COMPILE("{}"), true), "true");
  EXPECT_EQ(fast_message(FMT_COMPILE("{}"), false), "false");
  EXPECT_EQ(fast_message(FMT_COMPILE("{}{}{}"), 'c', false, '\0'), std::string("cfalse\0", 7));
}

// Literals are copied in blocks of 16 bytes: one of every length up to a few blocks, between fields
// and at the end.
TEST(FastFormatTest, CopiesLiteralsOfEveryLengthWhole) {
  for (std::size_t length = 0; length <= 3 * FormatPieces::kBlockBytes + 1; ++length) {
    const std::string literal = std::string(
                                    "0123456789abcdefghijklmnopqrstuvwxyz"
                                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
                                    .substr(0, length);
    std::string format = literal + "{}" + literal + "{}" + literal;
    const std::size_t bytes = format.size();
    format.append(FormatPieces::kBlockBytes, kGuard);
    std::string text(256, kGuard);
    const FormatPieces pieces = split_format(format.data(), bytes);
    char* const end = write_pieces(text.data(), pieces, {24, 24, 0}, std::int64_t{-7}, true);
    EXPECT_EQ(std::string(text.data(), end), literal + "-7" + literal + "true" + literal);
    EXPECT_EQ(pieces.literal_bytes, 3 * length);
  }
}

TEST(FormatPiecesTest, AreOfPlainFieldsOnly) {
  EXPECT_EQ(split("").fields, 0);
  EXPECT_EQ(split("no field").fields, 0);
  EXPECT_EQ(split("{}").fields, 1);
  EXPECT_EQ(split("a {} b {}").fields, 2);
  for (const char* const other : {"{", "}", "{:x}", "{0}", "{{}}", "{} {", "} {}", "{}}"}) {
    EXPECT_EQ(split(other).fields, FormatPieces::kNotPlain) << other;
    EXPECT_EQ(split(other).view(), fmt::string_view(other));
  }
}

TEST(FormatPiecesTest, HaveLimitsBeyondWhichFmtTakesOver) {
  std::string fields;
  for (std::size_t i = 0; i < FormatPieces::kFieldsMax; ++i) fields += "{}";
  EXPECT_EQ(split(fields).fields, FormatPieces::kFieldsMax);
  EXPECT_EQ(split(fields + "{}").fields, FormatPieces::kNotPlain);
  const std::string literal(FormatPieces::kLiteralBytesMax, 'x');
  EXPECT_EQ(split(literal + "{}" + literal).literal_bytes, 2 * literal.size());
  EXPECT_EQ(split(literal + "y{}").fields, FormatPieces::kNotPlain);
  EXPECT_EQ(split("{}y" + literal).fields, FormatPieces::kNotPlain);
}

TEST(FastFormatTest, LeavesEverythingElseToFmt) {
  EXPECT_FALSE(goes_the_short_way(FMT_COMPILE("{:x}"), 1));
  EXPECT_FALSE(goes_the_short_way(FMT_COMPILE("{0}"), 1));
  EXPECT_FALSE(goes_the_short_way(FMT_COMPILE("{{}}")));
  EXPECT_FALSE(goes_the_short_way(FMT_COMPILE("{}"), 1.5F));
  EXPECT_FALSE(goes_the_short_way(FMT_COMPILE("{}"), 1, 2)) << "a surplus argument";
}

}  // namespace
}  // namespace lathe
