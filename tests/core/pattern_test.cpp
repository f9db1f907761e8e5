// SPDX-License-Identifier: MIT

#include "core/pattern.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/random.hpp"

namespace lathe {
namespace {

constexpr std::int64_t kRecordTimeNs = 1'795'355'433'123'456'789;  // 2026-11-22 13:50:33 UTC

WallTime wall_time(std::int64_t ns) { return WallTime(std::chrono::nanoseconds(ns)); }

class PatternTest : public testing::Test {
 protected:
  // Gives exactly the room that was asked for, so that AddressSanitizer sees more than that.
  static std::string render(Pattern& pattern, const Record& record) {
    const std::size_t room = pattern.bound(record);
    const auto out = std::make_unique<char[]>(room);
    const char* const end = pattern.render(record, out.get());
    EXPECT_LE(static_cast<std::size_t>(end - out.get()), room);
    return {out.get(), static_cast<std::size_t>(end - out.get())};
  }

  std::string render(std::string_view layout, const PatternOptions& options = {}) const {
    Pattern pattern(layout, options);
    return render(pattern, record_);
  }

  ThreadInfo thread_{.serial = 1, .id = 4711, .name = "worker"};
  SourceInfo source_{.serial = 1, .path = "src/main.cpp", .file = "main.cpp", .line = 42};
  LoggerInfo logger_{.serial = 1, .name = "app"};
  Record record_{.time = wall_time(kRecordTimeNs),
                 .message = "listening on 0.0.0.0:80",
                 .thread = &thread_,
                 .source = &source_,
                 .logger = &logger_,
                 .level = Level::info};
};

TEST_F(PatternTest, RendersTheDefaultLayout) {
  EXPECT_EQ(render(kDefaultPattern),
            "2026-11-22 13:50:33.123456 info  [4711] app main.cpp:42 listening on 0.0.0.0:80\n");
}

TEST_F(PatternTest, RendersEveryField) {
  EXPECT_EQ(render("{time}|{level}|{thread}|{thread_name}|{process}|{logger}|{file}|{path}|{line}|"
                   "{message}",
                   {.process_id = 99}),
            "2026-11-22 13:50:33.123456|info|4711|worker|99|app|main.cpp|src/main.cpp|42|"
            "listening on 0.0.0.0:80\n");
}

TEST_F(PatternTest, RendersFieldsInAnyOrderAndMoreThanOnce) {
  EXPECT_EQ(render("{message} {message} {time:%S} {level}{level} {time:%M}{message:.4}"),
            "listening on 0.0.0.0:80 listening on 0.0.0.0:80 33 infoinfo 50list\n");
}

TEST_F(PatternTest, WritesDoubledBracesAsBraces) {
  EXPECT_EQ(render("{{{level}}} {{}}"), "{info} {}\n");
}

TEST_F(PatternTest, EndsLinesAsTold) {
  EXPECT_EQ(render("{level}", {.line_end = "\r\n"}), "info\r\n");
  EXPECT_EQ(render("{level}", {.line_end = ""}), "info");
  const std::string long_end(200, '=');
  EXPECT_EQ(render("{message:.1}", {.line_end = long_end}), "l" + long_end);
}

TEST_F(PatternTest, EscapesControlCharactersSoThatARecordIsOneLine) {
  record_.message = "a\nb\r\n\tc \x1b[31mred\x7f \\ \u00e4";
  logger_.name = "lo\ngger";
  EXPECT_EQ(render("{logger}: {message}"),
            "lo\\ngger: a\\nb\\r\\n\\tc \\x1b[31mred\\x7f \\ \u00e4\n");
}

TEST_F(PatternTest, LeavesTheMessageAloneWithoutEscapeButNotNames) {
  record_.message = "a\nb";
  logger_.name = "lo\ngger";
  EXPECT_EQ(render("{logger}: {message}", {.escape = false}), "lo\\ngger: a\nb\n");
}

TEST_F(PatternTest, RendersAnEmptyMessage) {
  for (const bool escape : {true, false}) {
    record_.message = {};
    EXPECT_EQ(render("[{message}]", {.escape = escape}), "[]\n");
    EXPECT_EQ(render("[{message:>3}]", {.escape = escape}), "[   ]\n");
  }
}

TEST_F(PatternTest, CountsWidthAndPrecisionOfTheMessageAfterEscaping) {
  record_.message = "a\nb";
  EXPECT_EQ(render("{message:>6}|"), "  a\\nb|\n");
  EXPECT_EQ(render("{message:.3}|"), "a\\n|\n");
  EXPECT_EQ(render("{message:.2}|"), "a\\|\n");
  EXPECT_EQ(render("{message:>6}|", {.escape = false}), "   a\nb|\n");
  record_.message = "\u00e4\u00f6\u00fc";
  EXPECT_EQ(render("{message:*^7.2}|"), "**\u00e4\u00f6***|\n");
}

TEST_F(PatternTest, AlignsAsFmtDoes) {
  const std::string_view level = "info";
  const std::string_view file = "main.cpp";
  for (const char* const spec :
       {"", ":", ":9", ":<9", ":>9", ":^9", ":*^9", ":\u00b7>9", ":9.2", ":.3", ":>.0", ":<1"}) {
    EXPECT_EQ(render(fmt::format("{{level{}}}|", spec)),
              fmt::format(fmt::runtime(fmt::format("{{{}}}|\n", spec)), level));
    EXPECT_EQ(render(fmt::format("{{file{}}}|", spec)),
              fmt::format(fmt::runtime(fmt::format("{{{}}}|\n", spec)), file));
  }
  for (const char* const spec : {"", ":", ":9", ":<9", ":>9", ":^9", ":*^9", ":09", ":1", ":0"}) {
    EXPECT_EQ(render(fmt::format("{{line{}}}|", spec)),
              fmt::format(fmt::runtime(fmt::format("{{{}}}|\n", spec)), 42));
    EXPECT_EQ(render(fmt::format("{{process{}}}|", spec), {.process_id = 4711}),
              fmt::format(fmt::runtime(fmt::format("{{{}}}|\n", spec)), 4711));
  }
}

TEST_F(PatternTest, UsesTheTimeZoneItIsGiven) {
  setenv("TZ", "XYZ-5", 1);
  tzset();
  EXPECT_EQ(render("{time:%H}", {.time_zone = TimeZone::local}), "18\n");
  EXPECT_EQ(render("{time:%H}", {.time_zone = TimeZone::utc}), "13\n");
  unsetenv("TZ");
  tzset();
}

TEST_F(PatternTest, KeepsTimeAndNamesApartFromRecordToRecord) {
  Pattern pattern("{time:%S.%3f} {level} {thread} {message}", {});
  EXPECT_EQ(render(pattern, record_), "33.123 info 4711 listening on 0.0.0.0:80\n");
  record_.time = wall_time(kRecordTimeNs + 1'000'000'000);
  record_.message = "second";
  EXPECT_EQ(render(pattern, record_), "34.123 info 4711 second\n");
  record_.level = Level::error;
  EXPECT_EQ(render(pattern, record_), "34.123 error 4711 second\n");
  const ThreadInfo other{.serial = 2, .id = 4712, .name = "other"};
  record_.thread = &other;
  EXPECT_EQ(render(pattern, record_), "34.123 error 4712 second\n");
}

// Whatever is kept from one line to the next, each is as a new renderer makes it.
TEST_F(PatternTest, RendersABurstAsALineAtATime) {
  for (const char* const layout :
       {"{time:%S.%6f} {level} {thread} {message}", "{time:%H:%M:%S} {logger} {line} {message}",
        "{time:%S.%9f}{level:>9}", "{time:%S.%3f} {thread:>150} {message}", "{time} {time:%S}"}) {
    Pattern kept(layout, {});
    Random random;
    SCOPED_TRACE(random.seed_text());
    const ThreadInfo threads[] = {thread_,
                                  {.serial = 2, .id = 4712, .name = "other"},
                                  {.serial = 0, .id = 1, .name = "by hand"}};
    const LoggerInfo loggers[] = {logger_, {.serial = 2, .name = "net"}};
    const SourceInfo sources[] = {source_, {.serial = 2, .path = "a.cpp", .file = "a.cpp"}};
    std::int64_t time_ns = kRecordTimeNs;
    for (int i = 0; i < 2'000; ++i) {
      // Mostly the same moment, sometimes another one, before or after.
      const auto jump = random.between(0, 19);
      if (jump == 0) time_ns += random.between<std::int64_t>(-2'000'000'000, 2'000'000'000);
      if (jump < 5) time_ns += random.between<std::int64_t>(-300, 300);
      record_.time = wall_time(time_ns);
      record_.level = static_cast<Level>(random.between(2, 3));
      if (jump == 1) record_.thread = &threads[random.between(0, 2)];
      if (jump == 2) record_.logger = &loggers[random.between(0, 1)];
      if (jump == 3) record_.source = &sources[random.between(0, 1)];
      ASSERT_EQ(render(kept, record_), render(layout)) << i;
    }
  }
}

TEST_F(PatternTest, RendersAMessageOfEveryLength) {
  Pattern pattern("{level} {message}", {});
  for (std::size_t size = 0; size <= 300; ++size) {
    const std::string message(size, 'm');
    record_.message = message;
    ASSERT_EQ(render(pattern, record_), "info " + message + "\n");
  }
}

TEST_F(PatternTest, HasRoomForAMessageOfControlCharacters) {
  const std::string message(1'000, '\x1b');
  record_.message = message;
  EXPECT_EQ(render("{message}").size(), 4'001U);
}

TEST_F(PatternTest, HasRoomForATimeAlone) {
  EXPECT_EQ(render("{time}", {.line_end = ""}), "2026-11-22 13:50:33.123456");
}

TEST_F(PatternTest, StaysWithinItsBoundForAnyRecord) {
  Random random;
  SCOPED_TRACE(random.seed_text());
  const std::string bytes = "ab\n\x1b\x7f\xc3\xa4 ";
  for (int i = 0; i < 5'000; ++i) {
    const std::string message = random.text(random.between<std::size_t>(0, 200), bytes);
    const std::string name = random.text(random.between<std::size_t>(0, 150), bytes);
    record_.message = message;
    record_.time = wall_time(random.between(INT64_MIN, INT64_MAX));
    record_.level = static_cast<Level>(random.between(0, 5));
    thread_ = {.serial = random.between<std::uint64_t>(0, 2), .id = UINT32_MAX, .name = name};
    source_ = {.serial = 0, .path = name, .file = name, .line = UINT32_MAX};
    logger_ = {.serial = 0, .name = name};
    const std::string spec = fmt::format("{}{}{}", i % 3 == 0 ? "\u65e5^" : ">",
                                         random.between(1, 100), i % 2 == 0 ? ".7" : "");
    Pattern pattern(
        fmt::format("{{time}}{{level}}{{thread:{1}}}{{message:{0}}}{{path:{0}}}{{file}}"
                    "{{logger:{0}}}{{thread_name:{0}}}{{line}}{{time:%9f%9f}}{{message}}",
                    spec, random.between(1, 100)),
        {.escape = i % 4 != 0});
    const std::string line = render(pattern, record_);
    if (i % 4 != 0) {
      EXPECT_EQ(std::count_if(line.begin(), line.end(), is_control), 1) << "more than the line end";
    }
  }
}

TEST_F(PatternTest, CanBeMovedWithItsCaches) {
  Pattern first(kDefaultPattern, {});
  const std::string line = render(first, record_);
  Pattern second = std::move(first);
  EXPECT_EQ(render(second, record_), line);
}

}  // namespace
}  // namespace lathe
