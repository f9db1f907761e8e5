// SPDX-License-Identifier: MIT

#include "core/segment.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/random.hpp"

namespace lathe {
namespace {

// Gives exactly the room that a segment asks for, so that AddressSanitizer sees more than that.
std::string render(Segment& segment, const Record& record) {
  const NameFactors& factors = segment.name_factors();
  const std::size_t room =
      segment.bound_fixed() + factors.thread_name * record.thread_name().size() +
      factors.logger * record.logger_name().size() + factors.file * record.file().size() +
      factors.path * record.path().size();
  const auto out = std::make_unique<char[]>(room);
  const char* const end = segment.render(record, out.get());
  return {out.get(), static_cast<std::size_t>(end - out.get())};
}

PatternField field(FieldKind kind, std::string text = {}) {
  PatternField made;
  made.kind = kind;
  made.text = std::move(text);
  return made;
}

std::string apply(const FieldSpec& spec, const std::string& text) {
  std::string out = text;
  out.resize(text.size() + spec.bound());
  const char* const end = apply_spec(spec, out.data(), out.data() + text.size());
  return out.substr(0, static_cast<std::size_t>(end - out.data()));
}

TEST(FieldSpecTest, PadsAndCutsByCodePoints) {
  struct Case {
    FieldSpec spec;
    const char* text;
    const char* want;
  };
  constexpr std::uint32_t kAny = FieldSpec::kNoPrecision;
  const Case cases[] = {
      {{" ", Align::left, 5, kAny}, "ab", "ab   "},
      {{" ", Align::right, 5, kAny}, "ab", "   ab"},
      {{"*", Align::centre, 5, kAny}, "ab", "*ab**"},
      {{" ", Align::left, 2, kAny}, "abc", "abc"},
      {{" ", Align::left, 0, 2}, "abc", "ab"},
      {{" ", Align::left, 0, 0}, "abc", ""},
      {{" ", Align::left, 0, 9}, "abc", "abc"},
      {{"-", Align::right, 4, 2}, "abc", "--ab"},
      {{" ", Align::right, 4, kAny}, "\u00e4\u00f6", "  \u00e4\u00f6"},
      {{" ", Align::left, 0, 1}, "\u65e5\u672c", "\u65e5"},
      {{"\u00b7", Align::centre, 4, kAny}, "x", "\u00b7x\u00b7\u00b7"},
      {{" ", Align::left, 3, kAny}, "", "   "},
      {{" ", Align::left, 3, kAny}, "\xff\x80", "\xff\x80  "},
  };
  for (const Case& c : cases) EXPECT_EQ(apply(c.spec, c.text), c.want) << c.text;
}

class SegmentTest : public testing::Test {
 protected:
  ThreadInfo thread_{.serial = 1, .id = 4711, .name = "main"};
  SourceInfo source_{.serial = 1, .path = "src/a.cpp", .file = "a.cpp", .line = 7};
  LoggerInfo logger_{.serial = 1, .name = "app"};
  Record record_{.time = {},
                 .message = {},
                 .thread = &thread_,
                 .source = &source_,
                 .logger = &logger_,
                 .level = Level::info};
};

std::vector<PatternField> every_field() {
  std::vector<PatternField> fields;
  for (const FieldKind kind :
       {FieldKind::level, FieldKind::thread, FieldKind::thread_name, FieldKind::logger,
        FieldKind::file, FieldKind::path, FieldKind::line}) {
    fields.push_back(field(kind));
    fields.push_back(field(FieldKind::text, " "));
  }
  return fields;
}

TEST_F(SegmentTest, RendersEveryField) {
  Segment segment(every_field());
  EXPECT_EQ(render(segment, record_), "info 4711 main app a.cpp src/a.cpp 7 ");
}

TEST_F(SegmentTest, NeverConfusesTwoCombinationsWhateverTheirSerials) {
  Random random;
  SCOPED_TRACE(random.seed_text());
  Segment segment(every_field());
  std::vector<std::string> names;
  names.reserve(400);
  for (int i = 0; i < 400; ++i) names.push_back("n" + std::to_string(i));
  for (int i = 0; i < 50'000; ++i) {
    const auto pick = [&] { return random.between<std::uint64_t>(1, i % 2 == 0 ? 399 : 3); };
    thread_.serial = pick();
    source_.serial = pick();
    logger_.serial = pick();
    thread_.id = static_cast<std::uint32_t>(thread_.serial + 1'000);
    thread_.name = names[thread_.serial];
    logger_.name = names[logger_.serial];
    source_.file = names[source_.serial];
    source_.path = names[source_.serial];
    source_.line = static_cast<std::uint32_t>(source_.serial);
    record_.level = static_cast<Level>(random.between(0, 5));
    Segment fresh(every_field());
    ASSERT_EQ(render(segment, record_), render(fresh, record_));
  }
}

TEST_F(SegmentTest, RemembersWhatItRendered) {
  Segment segment({field(FieldKind::logger)});
  EXPECT_EQ(render(segment, record_), "app");
  logger_.name = "changed";  // against the contract; shows that the cache is used
  EXPECT_EQ(render(segment, record_), "app");
}

TEST_F(SegmentTest, CachesNothingAboutRecordsMadeByHand) {
  for (std::uint64_t* const serial : {&thread_.serial, &source_.serial, &logger_.serial}) {
    *serial = 0;
    Segment segment(every_field());
    logger_.name = "one";
    EXPECT_EQ(render(segment, record_), "info 4711 main one a.cpp src/a.cpp 7 ");
    logger_.name = "two";
    EXPECT_EQ(render(segment, record_), "info 4711 main two a.cpp src/a.cpp 7 ");
    *serial = 1;
  }
}

TEST_F(SegmentTest, RendersARecordOfZerosThoughNothingIsCachedYet) {
  thread_.serial = source_.serial = logger_.serial = 0;
  record_.level = Level::trace;
  Segment segment({field(FieldKind::level), field(FieldKind::line)});
  EXPECT_EQ(render(segment, record_), "trace7");
}

TEST_F(SegmentTest, IgnoresTheSerialsOfWhatItDoesNotShow) {
  thread_.serial = 0;
  Segment segment({field(FieldKind::logger)});
  EXPECT_EQ(render(segment, record_), "app");
  logger_.name = "changed";
  EXPECT_EQ(render(segment, record_), "app") << "was not cached";
}

TEST_F(SegmentTest, RendersTextOfEveryLengthAroundTheCachesLimit) {
  for (std::size_t size = 0; size <= 300; ++size) {
    const std::string name(size, 'x');
    logger_.name = name;
    Segment segment({field(FieldKind::logger), field(FieldKind::text, "!")});
    EXPECT_EQ(render(segment, record_), name + "!");
    EXPECT_EQ(render(segment, record_), name + "!") << "the second time";
  }
}

TEST_F(SegmentTest, KeepsTextThatIsTooLongOutOfTheEntriesOfOthers) {
  const std::string names[] = {std::string(200, 'a'), std::string(200, 'b')};
  Segment segment({field(FieldKind::file)});
  for (int i = 0; i < 4; ++i) {
    source_.serial = static_cast<std::uint64_t>(i % 2 + 1);
    source_.file = names[i % 2];
    EXPECT_EQ(render(segment, record_), names[i % 2]);
  }
}

TEST_F(SegmentTest, CopiesLiteralTextOfEveryLength) {
  for (std::size_t size = 0; size <= 100; ++size) {
    const std::string text(size, 'x');
    Segment segment({field(FieldKind::text, text)});
    EXPECT_EQ(render(segment, record_), text);
  }
}

TEST_F(SegmentTest, EscapesNames) {
  thread_.name = "a\nb";
  logger_.name = "\x1b[31m";
  source_.file = "\x7f.cpp";
  source_.path = "d\t/\x7f.cpp";
  Segment segment(every_field());
  EXPECT_EQ(render(segment, record_), "info 4711 a\\nb \\x1b[31m \\x7f.cpp d\\t/\\x7f.cpp 7 ");
}

TEST_F(SegmentTest, HasRoomForNamesOfControlCharacters) {
  const std::string name(300, '\x1b');
  thread_.name = logger_.name = source_.file = source_.path = name;
  for (const FieldKind kind :
       {FieldKind::thread_name, FieldKind::logger, FieldKind::file, FieldKind::path}) {
    Segment segment({field(kind)});
    EXPECT_EQ(render(segment, record_).size(), 1'200U);
  }
}

TEST_F(SegmentTest, HasRoomForTheLongestNumbers) {
  thread_.id = UINT32_MAX;
  source_.line = UINT32_MAX;
  record_.level = Level::critical;
  Segment segment({field(FieldKind::thread), field(FieldKind::line), field(FieldKind::level)});
  EXPECT_EQ(render(segment, record_), "42949672954294967295critical");
}

}  // namespace
}  // namespace lathe
