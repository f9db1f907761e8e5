// SPDX-License-Identifier: MIT

#include "core/timestamp.hpp"

#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/random.hpp"
#include "support/time_units.hpp"

namespace lathe {
namespace {

constexpr std::int64_t kNow = 1'795'355'433 * kSecondNs + 123'456'789;  // 2026-11-22 13:50:33 UTC

std::string render(Timestamp& timestamp, std::int64_t wall_ns) {
  const auto out = std::make_unique<char[]>(Timestamp::kTextBytesMax);
  const char* const end = timestamp.render(wall_ns, out.get());
  return {out.get(), static_cast<std::size_t>(end - out.get())};
}

std::string render(std::string_view format, std::int64_t wall_ns, TimeZone zone = TimeZone::utc) {
  EXPECT_FALSE(check_timestamp_format(format).has_value()) << format;
  Timestamp timestamp(format, zone);
  return render(timestamp, wall_ns);
}

// Sets TZ for one test.
class TimeZoneGuard {
 public:
  explicit TimeZoneGuard(const char* zone) {
    if (const char* const before = std::getenv("TZ")) before_ = before;
    setenv("TZ", zone, 1);
    tzset();
  }
  TimeZoneGuard(const TimeZoneGuard&) = delete;
  TimeZoneGuard& operator=(const TimeZoneGuard&) = delete;
  ~TimeZoneGuard() {
    before_ ? setenv("TZ", before_->c_str(), 1) : unsetenv("TZ");
    tzset();
  }

 private:
  std::optional<std::string> before_;
};

TEST(TimestampTest, RendersTheDefaultFormat) {
  EXPECT_EQ(render(kTimestampFormatDefault, kNow), "2026-11-22 13:50:33.123456");
}

TEST(TimestampTest, CutsFractionsAndNeverRoundsThemUp) {
  EXPECT_EQ(render("%3f|%6f|%9f|%f", kNow), "123|123456|123456789|123456");
  EXPECT_EQ(render("%S.%3f|%6f", kNow / kSecondNs * kSecondNs + 999'999'999), "33.999|999999");
  EXPECT_EQ(render("%3f|%6f|%9f", kNow / kSecondNs * kSecondNs + 1'002'003),
            "001|001002|001002003");
  EXPECT_EQ(render("%3f|%6f|%9f", kNow / kSecondNs * kSecondNs), "000|000000|000000000");
}

TEST(TimestampTest, RendersTimesBefore1970) {
  EXPECT_EQ(render("%F %T.%9f", -1), "1969-12-31 23:59:59.999999999");
  EXPECT_EQ(render("%F %T.%9f", -kSecondNs), "1969-12-31 23:59:59.000000000");
  EXPECT_EQ(render("%F %T.%9f", -kSecondNs - 1), "1969-12-31 23:59:58.999999999");
}

TEST(TimestampTest, RendersTheFirstAndTheLastTimeThereIs) {
  EXPECT_EQ(render("%F %T.%9f", INT64_MIN), "1677-09-21 00:12:43.145224192");
  EXPECT_EQ(render("%F %T.%9f", INT64_MAX), "2262-04-11 23:47:16.854775807");
}

TEST(TimestampTest, GoesBackAndForthBetweenSeconds) {
  Timestamp timestamp("%S.%3f", TimeZone::utc);
  EXPECT_EQ(render(timestamp, kNow), "33.123");
  EXPECT_EQ(render(timestamp, kNow - kSecondNs), "32.123");
  EXPECT_EQ(render(timestamp, kNow), "33.123");
  EXPECT_EQ(render(timestamp, kNow + 3600 * kSecondNs), "33.123");
  EXPECT_EQ(render(timestamp, kNow - 124'000'000), "32.999");
}

TEST(TimestampTest, MatchesAFreshRenderingForAnyOrderOfTimes) {
  Random random;
  SCOPED_TRACE(random.seed_text());
  const std::string_view formats[] = {"%F %T.%9f %3f", "%T.%6f", "%T.%3f", "%f %3f", "%T"};
  std::vector<Timestamp> kept;
  for (const std::string_view format : formats) kept.emplace_back(format, TimeZone::utc);
  std::int64_t wall_ns = kNow;
  for (int i = 0; i < 20'000; ++i) {
    const std::int64_t reach = std::int64_t{1} << random.between(0, 60);
    wall_ns =
        i % 100 == 0
            ? random.between(INT64_MIN, INT64_MAX)
            : static_cast<std::int64_t>(static_cast<std::uint64_t>(wall_ns) +
                                        static_cast<std::uint64_t>(random.between(-reach, reach)));
    for (std::size_t k = 0; k < kept.size(); ++k) {
      ASSERT_EQ(render(kept[k], wall_ns), render(formats[k], wall_ns)) << wall_ns;
    }
  }
}

TEST(TimestampTest, TakesEveryConversionThatItLetsThrough) {
  const std::time_t seconds = kNow / kSecondNs;
  std::tm fields{};
  gmtime_r(&seconds, &fields);
  for (const char c : std::string("aAbBcCdDeFgGhHIjklmMnpPrRStTuUVwWxXyYzZ%")) {
    const std::string format = {'%', c};
    char want[128];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    const std::size_t size = std::strftime(want, sizeof want, format.c_str(), &fields);
#pragma GCC diagnostic pop
    EXPECT_EQ(render(format, kNow), std::string(want, size)) << format;
  }
  EXPECT_EQ(render("%Ey %EY %Od %OH", kNow), "26 2026 22 13");
}

TEST(TimestampTest, CountsSecondsSince1970InEveryZone) {
  const TimeZoneGuard zone("XYZ-5");
  EXPECT_EQ(render("%s", kNow), "1795355433");
  EXPECT_EQ(render("%s", kNow, TimeZone::local), "1795355433");
  EXPECT_EQ(render("%s", -1), "-1");
}

TEST(TimestampTest, FollowsSummerTimeInLocalTime) {
  const TimeZoneGuard zone("CET-1CEST,M3.5.0,M10.5.0/3");
  Timestamp timestamp("%T %z %Z", TimeZone::local);
  constexpr std::int64_t kSpring = 1'774'746'000 * kSecondNs;  // 2026-03-29 01:00:00 UTC
  EXPECT_EQ(render(timestamp, kSpring - 1), "01:59:59 +0100 CET");
  EXPECT_EQ(render(timestamp, kSpring), "03:00:00 +0200 CEST");
}

TEST(TimestampTest, IsInUtcUnlessToldOtherwise) {
  const TimeZoneGuard zone("XYZ-5");
  EXPECT_EQ(render("%H %z", kNow), "13 +0000");
  EXPECT_EQ(render("%H %z", kNow, TimeZone::local), "18 +0500");
}

TEST(TimestampTest, CutsATextThatWouldBeTooLongAtAConversion) {
  std::string format;
  for (int i = 0; i < 80; ++i) format += "%F";
  const std::string text = render(format + "%9f", kNow);
  EXPECT_EQ(text.size(), 250U);  // 25 dates; neither a 26th nor the 9 digits fit into 256
  EXPECT_EQ(text.substr(240), "2026-11-22");
}

TEST(TimestampFormatTest, TellsWhereAFormatIsWrong) {
  struct Case {
    std::string format;
    std::size_t position;
  };
  for (const Case& c : {Case{"%", 0}, Case{"%H:%", 3}, Case{"%Q", 0}, Case{"%H %4f", 3},
                        Case{"%3", 0}, Case{"%E", 0}, Case{"%EH", 0}, Case{"%OY", 0},
                        Case{"%-d", 0}, Case{"%10Y", 0}, Case{"%+", 0}, Case{"%33f", 0},
                        Case{"%f%f%f%f%f%f%f%f%f", 16}, Case{std::string(97, 'x'), 96}}) {
    const auto error = check_timestamp_format(c.format);
    ASSERT_TRUE(error.has_value()) << c.format;
    EXPECT_EQ(error->position, c.position) << c.format;
  }
}

TEST(TimestampFormatTest, LetsPlainTextAndPercentSignsThrough) {
  EXPECT_EQ(render("%%f %d", kNow), "%f 22");
  EXPECT_EQ(render("noon", kNow), "noon");
}

}  // namespace
}  // namespace lathe
