// SPDX-License-Identifier: MIT

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "core/pattern.hpp"

namespace lathe {
namespace {

// Returns what a layout is refused with, or "" if it is not.
std::string refusal(std::string_view text) {
  try {
    const Pattern pattern(text, {.field_name = "console.pattern"});
    return "";
  } catch (const OptionError& error) {
    EXPECT_EQ(error.field(), "console.pattern");
    return error.what();
  }
}

TEST(PatternErrorTest, TellsThePositionOfWhatIsWrong) {
  struct Case {
    const char* text;
    int position;
    const char* reason;
  };
  const Case cases[] = {
      {"", 0, "empty"},
      {"{", 0, "'{' without '}'"},
      {"ab {message", 3, "'{' without '}'"},
      {"ab {message{", 3, "'{' without '}'"},
      {"{{{", 2, "'{' without '}'"},
      {"{me{{ssage}", 0, "'{' without '}'"},
      {"ab } cd", 3, "'}' without '{'"},
      {"{message}}", 9, "'}' without '{'"},
      {"x{}", 2, "no field is named ''"},
      {"{msg}", 1, "no field is named 'msg'"},
      {"{ message}", 1, "no field is named ' message'"},
      {"{Message}", 1, "no field is named 'Message'"},
      {"{a\n}", 1, "no field is named 'a\\n'"},
      {"{level:x}", 7, "'x' is no fill"},
      {"{level:<5x}", 9, "'x' is no fill"},
      {"{level:5s}", 8, "'s' is no fill"},
      {"{level:<05}", 8, "start with 0"},
      {"{level:05}", 7, "start with 0"},
      {"{level:-5}", 7, "'-5' is no fill"},
      {"{level:<1025}", 8, "larger than 1024"},
      {"{level:99999999999999999999}", 7, "larger than 1024"},
      {"{message:.}", 10, "needs digits"},
      {"{message:.x}", 10, "needs digits"},
      {"{message:.1025}", 10, "larger than 1024"},
      {"{message:.5 }", 11, "' ' is no fill"},
      {"{line:.3}", 6, "no precision"},
      {"{line:>05}", 7, "start with 0"},
      {"{thread:d}", 8, "'d' is no fill"},
      {"{time:%Q}", 6, "no conversion"},
      {"{time:%H:%}", 9, "no conversion"},
      {"{time:%4f}", 6, "no conversion"},
      {"{message} {time:%f%f%f%f%f%f%f%f%f}", 32, "too many"},
  };
  for (const Case& c : cases) {
    const std::string what = refusal(c.text);
    const std::string start =
        "console.pattern: bad layout at position " + std::to_string(c.position) + ": ";
    EXPECT_EQ(what.substr(0, start.size()), start) << c.text;
    EXPECT_NE(what.find(c.reason, start.size()), std::string::npos) << c.text << "\n" << what;
  }
}

TEST(PatternErrorTest, NamesTheFieldsThereAre) {
  EXPECT_NE(refusal("{msg}").find("there are time level thread thread_name process logger file path"
                                  " line message"),
            std::string::npos);
}

TEST(PatternErrorTest, RefusesNothingThatIsALayout) {
  for (const char* const text : {"x",
                                 "{{",
                                 "}}",
                                 "{{}}",
                                 "{message:}",
                                 "{time:}",
                                 "{level:^}",
                                 "{level:*^}",
                                 "{level:<<5}",
                                 "{level:\u00b7>5}",
                                 "{level:1024}",
                                 "{message:.0}",
                                 "{message:>20.20}",
                                 "{line:05}",
                                 "{line:0}",
                                 "{line:<}",
                                 "{line:*<}",
                                 "{time:%%}",
                                 "{time:at %H o'clock: %M}",
                                 "\n",
                                 "100%"}) {
    EXPECT_EQ(refusal(text), "") << text;
  }
}

TEST(PatternErrorTest, TakesTheDefaultLayouts) {
  EXPECT_EQ(refusal(kDefaultPattern), "");
  EXPECT_EQ(refusal(ConsoleOptions{}.pattern), "");
}

}  // namespace
}  // namespace lathe
