// SPDX-License-Identifier: MIT

#include "sink/console_sink.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "support/fake_clock.hpp"
#include "support/inline_sink_host.hpp"

namespace lathe {
namespace {

using namespace std::chrono_literals;

// Answers writes from a script; takes everything when the script is at its end.
struct StreamScript {
  std::vector<WriteResult> answers;
  std::size_t writes = 0;
  int waits = 0;
  std::error_code wait_error;
  std::string text;
  bool is_terminal = false;
};

class FakeStream final : public OutputStream {
 public:
  FakeStream(StreamScript& script, FakeClock& clock) : script_(script), clock_(clock) {}

  WriteResult write(std::string_view bytes) override {
    WriteResult answer{.written_bytes = bytes.size()};
    if (script_.writes < script_.answers.size()) answer = script_.answers[script_.writes];
    ++script_.writes;
    script_.text += bytes.substr(0, answer.written_bytes);
    return answer;
  }
  std::error_code wait_writable(std::chrono::milliseconds timeout) override {
    ++script_.waits;
    if (script_.wait_error) clock_.advance(timeout);
    return script_.wait_error;
  }
  bool is_terminal() const override { return script_.is_terminal; }

 private:
  StreamScript& script_;
  FakeClock& clock_;
};

WriteResult error_result(std::errc error) { return {.error = std::make_error_code(error)}; }

class ConsoleSinkTest : public ::testing::Test {
 protected:
  ConsoleSink make(ConsoleOptions options = {}) {
    options.pattern = "{message}";
    return {options, std::make_unique<FakeStream>(script, clock), clock, ConsoleEnvironment{}};
  }

  static Record record(std::string_view message, Level level = Level::info) {
    static const ThreadInfo thread{};
    static const SourceInfo source{};
    static const LoggerInfo logger{};
    return {.time = WallTime{},
            .message = message,
            .thread = &thread,
            .source = &source,
            .logger = &logger,
            .level = level};
  }

  static void write(ConsoleSink& sink, std::string_view message, Level level = Level::info) {
    const Record one = record(message, level);
    EXPECT_FALSE(sink.write({&one, 1}));
  }

  StreamScript script;
  FakeClock clock;
  InlineSinkHost host;
};

TEST_F(ConsoleSinkTest, WritesLinesWithOneCallForABatch) {
  ConsoleSink sink = make();

  const std::vector<Record> batch{record("one"), record("two")};
  EXPECT_FALSE(sink.write(batch));
  EXPECT_FALSE(sink.flush());

  EXPECT_EQ(script.text, "one\ntwo\n");
  EXPECT_EQ(script.writes, 1U);
  EXPECT_EQ(sink.stats().bytes_written, 8U);
}

TEST_F(ConsoleSinkTest, LeavesOutRecordsBelowItsLevel) {
  ConsoleSink sink = make({.level_min = Level::warn});

  write(sink, "quiet");
  write(sink, "loud", Level::error);
  EXPECT_FALSE(sink.flush());

  EXPECT_EQ(script.text, "loud\n");
}

TEST_F(ConsoleSinkTest, ColoursTheWholeLineByItsLevel) {
  ConsoleSink sink = make({.colour = Colour::always});

  for (const Level level :
       {Level::trace, Level::debug, Level::info, Level::warn, Level::error, Level::critical}) {
    write(sink, "x", level);
  }
  EXPECT_FALSE(sink.flush());

  EXPECT_EQ(script.text,
            "\x1b[2mx\x1b[0m\n\x1b[36mx\x1b[0m\nx\n\x1b[33mx\x1b[0m\n"
            "\x1b[31mx\x1b[0m\n\x1b[1;31mx\x1b[0m\n");
}

TEST_F(ConsoleSinkTest, HasNoColourUnlessItIsATerminal) {
  ConsoleSink pipe = make();
  write(pipe, "x", Level::error);
  EXPECT_FALSE(pipe.flush());
  EXPECT_EQ(script.text, "x\n");

  script.is_terminal = true;
  script.text.clear();
  ConsoleSink terminal = make();
  write(terminal, "x", Level::error);
  EXPECT_FALSE(terminal.flush());
  EXPECT_EQ(script.text, "\x1b[31mx\x1b[0m\n");
}

TEST_F(ConsoleSinkTest, ContinuesAShortWriteAtTheExactByte) {
  script.answers = {{.written_bytes = 2}, {.written_bytes = 3}};
  ConsoleSink sink = make();

  write(sink, "one");
  write(sink, "two");
  EXPECT_FALSE(sink.flush());

  EXPECT_EQ(script.text, "one\ntwo\n");
}

TEST_F(ConsoleSinkTest, WaitsForANonBlockingTerminal) {
  script.answers = {error_result(std::errc::resource_unavailable_try_again),
                    {.written_bytes = 1},
                    error_result(std::errc::resource_unavailable_try_again)};
  ConsoleSink sink = make();

  write(sink, "one");
  EXPECT_FALSE(sink.flush());

  EXPECT_EQ(script.text, "one\n");
  EXPECT_EQ(script.waits, 2);
}

TEST_F(ConsoleSinkTest, LosesWholeRecordsOnlyWhenATerminalTakesNothing) {
  script.answers = {{.written_bytes = 5}, error_result(std::errc::resource_unavailable_try_again)};
  script.wait_error = std::make_error_code(std::errc::timed_out);
  ConsoleSink sink = make();
  sink.attach(host);

  for (const char* text : {"one", "two", "three"}) write(sink, text);
  EXPECT_EQ(sink.flush(), std::errc::timed_out);
  EXPECT_EQ(host.told_about("1 records lost"), 1U);
  write(sink, "four");
  EXPECT_FALSE(sink.flush());

  EXPECT_EQ(script.text, "one\ntwo\nfour\n");
  EXPECT_EQ(sink.stats().write_errors, 1U);
}

TEST_F(ConsoleSinkTest, WaitsInVainOnlyOnce) {
  for (int i = 0; i < 5; ++i) {
    script.answers.push_back(error_result(std::errc::resource_unavailable_try_again));
  }
  script.wait_error = std::make_error_code(std::errc::timed_out);
  ConsoleSink sink = make();

  for (int i = 0; i < 5; ++i) {
    write(sink, "one");
    EXPECT_EQ(sink.flush(), std::errc::timed_out);
  }

  EXPECT_EQ(script.waits, 1);
}

TEST_F(ConsoleSinkTest, TellsABrokenPipeOnceAndCountsAfterThat) {
  script.answers = {error_result(std::errc::broken_pipe)};
  ConsoleSink sink = make();
  sink.attach(host);

  write(sink, "one");
  EXPECT_EQ(sink.flush(), std::errc::broken_pipe);
  for (int i = 0; i < 3; ++i) {
    write(sink, "more");
    EXPECT_FALSE(sink.flush());
  }

  EXPECT_EQ(host.told().size(), 1U);
  EXPECT_EQ(sink.stats().write_errors, 4U);
  EXPECT_EQ(script.writes, 1U);
}

TEST_F(ConsoleSinkTest, TellsAnErrorOfAFullBlockAtTheNextFlush) {
  script.answers = {error_result(std::errc::io_error)};
  ConsoleSink sink = make();
  const std::string large(RecordBuffer::kBlockBytes / 8, 'x');

  for (int i = 0; i < 8; ++i) write(sink, large);
  EXPECT_EQ(sink.flush(), std::errc::io_error);

  EXPECT_FALSE(sink.flush());
}

TEST_F(ConsoleSinkTest, RefusesAPatternThatIsNone) {
  ConsoleOptions options;
  options.pattern = "{nonsense}";
  EXPECT_THROW(ConsoleSink(options, std::make_unique<FakeStream>(script, clock), clock, {}),
               OptionError);
}

TEST(ConsoleColourTest, FollowsOptionTerminalAndEnvironment) {
  struct Case {
    std::string name;
    Colour colour;
    bool is_terminal;
    ConsoleEnvironment environment;
    bool want;
  };
  const std::vector<Case> cases{
      {"terminal", Colour::automatic, true, {}, true},
      {"no terminal", Colour::automatic, false, {}, false},
      {"NO_COLOR", Colour::automatic, true, {.no_color = "1"}, false},
      {"NO_COLOR without text", Colour::automatic, true, {.no_color = ""}, true},
      {"TERM dumb", Colour::automatic, true, {.term = "dumb"}, false},
      {"TERM xterm", Colour::automatic, true, {.term = "xterm"}, true},
      {"always", Colour::always, false, {.no_color = "1", .term = "dumb"}, true},
      {"never", Colour::never, true, {}, false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(wants_colour(c.colour, c.is_terminal, c.environment), c.want) << c.name;
  }
}

TEST(ConsoleColourTest, ReadsTheEnvironment) {
  ASSERT_EQ(::setenv("NO_COLOR", "yes", 1), 0);
  ASSERT_EQ(::unsetenv("TERM"), 0);

  const ConsoleEnvironment environment = read_console_environment();

  EXPECT_EQ(environment.no_color, "yes");
  EXPECT_FALSE(environment.term);
  ASSERT_EQ(::unsetenv("NO_COLOR"), 0);
}

}  // namespace
}  // namespace lathe
