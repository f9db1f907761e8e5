// SPDX-License-Identifier: MIT

#include "core/plain_time.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <ctime>
#include <string>

#include "core/timestamp.hpp"

namespace lathe {
namespace {

std::string by_library(char conversion, const std::tm& fields) {
  const std::array<char, 3> format{'%', conversion, '\0'};
  std::array<char, 128> text{};
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  const std::size_t size = std::strftime(text.data(), text.size(), format.data(), &fields);
#pragma GCC diagnostic pop
  return {text.data(), size};
}

std::string by_us(char conversion, const std::tm& fields) {
  std::array<char, 128> text{};
  return {text.data(), write_plain_time(conversion, fields, text)};
}

TEST(PlainTimeTest, WritesWhatTheLibraryWrites) {
  std::uint64_t state = 88172645463325252;
  for (int i = 0; i < 3000; ++i) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    // To the year 2200; and each day around the turns of 150 years, for the weeks.
    const std::time_t second =
        i % 2 == 0 ? static_cast<std::time_t>(state % 7'258'118'400)
                   : (static_cast<std::time_t>(i / 20) * 31'556'952 + i % 20 * 86'400);
    std::tm want{};
    ASSERT_NE(gmtime_r(&second, &want), nullptr);
    const std::tm fields = plain_fields(second, 0);
    for (const char conversion : std::string("aAbBcCdDeFgGhHIjklmMnpPrRStTuUVwWxXyYzZ%")) {
      EXPECT_EQ(by_us(conversion, fields), by_library(conversion, want))
          << conversion << " of " << second;
    }
  }
}

TEST(PlainTimeTest, ShiftsByTheOffset) {
  const std::tm fields = plain_fields(1'700'000'000, -(3 * 3600 + 1800));
  EXPECT_EQ(by_us('T', fields), "18:43:20");
  EXPECT_EQ(by_us('z', fields), "-0330");
  EXPECT_EQ(by_us('Z', plain_fields(1'700'000'000, 7200)), "+0200");
}

TEST(PlainTimeTest, EndsWhereTheRoomEnds) {
  std::array<char, 4> room{};
  EXPECT_EQ(write_plain_time('F', plain_fields(0, 0), room), 4u);
  EXPECT_EQ(std::string(room.data(), room.size()), "1970");
}

TEST(PlainTimeTest, MakesATimestampOfTheSameText) {
  const std::string format = "%Y-%m-%d %H:%M:%S.%6f %a %s %Ey";
  Timestamp usual(format, TimeZone::utc);
  Timestamp plain(format, TimeZone::local);
  const std::atomic<std::int64_t> offset_s{0};
  plain.make_plain(offset_s);
  std::array<char, Timestamp::kTextBytesMax> want{};
  std::array<char, Timestamp::kTextBytesMax> got{};
  for (const std::int64_t wall_ns : {1'700'000'000'123'456'789, 1'700'086'400'000'000'001}) {
    const std::string expected(want.data(), usual.render(wall_ns, want.data()));
    EXPECT_EQ(std::string(got.data(), plain.render(wall_ns, got.data())), expected);
  }
}

}  // namespace
}  // namespace lathe
