// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <lathe/lathe.hpp>

#include "manual_backend.hpp"

namespace lathe {
namespace {

using Texts = std::vector<std::string>;

TEST(MacroTest, LogsAtAllSixLevelsAndAtOneKnownAtRunTime) {
  ManualBackend manual({.level = Level::trace});
  const Logger log = manual.backend->logger("app");
  LATHE_TRACE(log, "0");
  LATHE_DEBUG(log, "{}", 1);
  LATHE_INFO(log, "2");
  LATHE_WARN(log, "3");
  LATHE_ERROR(log, "4");
  LATHE_CRITICAL(log, "5");
  for (const Level level : {Level::trace, Level::critical, Level::off}) {
    LATHE_LOG(log, level, "{}", level_name(level));
  }
  EXPECT_FALSE(manual.backend->flush());
  EXPECT_EQ(manual.collected->messages(),
            (Texts{"0", "1", "2", "3", "4", "5", "trace", "critical"}));
  EXPECT_EQ(manual.collected->records().at(3).level, Level::warn);
}

TEST(MacroTest, EvaluatesNoArgumentWhenTheLevelIsOff) {
  ManualBackend manual;
  const Logger log = manual.backend->logger("app");
  int evaluated = 0;
  LATHE_DEBUG(log, "{}", ++evaluated);
  LATHE_DEBUG(log.deferred(), "{}", ++evaluated);
  LATHE_LOG(log, Level::trace, "{}", ++evaluated);
  EXPECT_EQ(evaluated, 0);
  LATHE_INFO(log, "{}", ++evaluated);
  EXPECT_EQ(evaluated, 1) << "and once when it is on";
}

TEST(MacroTest, EvaluatesTheLoggerOnce) {
  ManualBackend manual;
  const Logger log = manual.backend->logger("app");
  int evaluated = 0;
  const auto logger = [&] {
    ++evaluated;
    return log;
  };
  LATHE_INFO(logger(), "x");
  EXPECT_EQ(evaluated, 1);
}

TEST(MacroTest, IsOneStatement) {
  ManualBackend manual;
  const Logger log = manual.backend->logger("app");
  if (manual.collected->messages().empty())
    LATHE_INFO(log, "then");
  else
    LATHE_INFO(log, "else");
  EXPECT_FALSE(manual.backend->flush());
  EXPECT_EQ(manual.collected->messages(), Texts{"then"});
}

template <class T>
void log_generic(const Logger& log, const T& value) {
  LATHE_INFO(log.deferred(), "value {}", value);
}

TEST(MacroTest, ATemplatesCallFormatsEachInstanceByItsTypes) {
  ManualBackend manual;
  const Logger log = manual.backend->logger("app");
  log_generic(log, 1);
  log_generic(log, std::string("two"));
  log_generic(log, 3.5);
  EXPECT_FALSE(manual.backend->flush());
  EXPECT_EQ(manual.collected->messages(), (Texts{"value 1", "value two", "value 3.5"}));
}

// Formats that calls share code for, and those that they do not.
TEST(MacroTest, WritesFormatsOfEveryShapeAsFmtDoes) {
  ManualBackend manual;
  const Logger log = manual.backend->logger("app");
  Texts want;
#define CHECK_FORMAT(literal, ...)                                               \
  do {                                                                           \
    LATHE_INFO(log, literal __VA_OPT__(, ) __VA_ARGS__);                         \
    LATHE_INFO(log.deferred(), literal __VA_OPT__(, ) __VA_ARGS__);              \
    want.insert(want.end(), 2, fmt::format(literal __VA_OPT__(, ) __VA_ARGS__)); \
  } while (false)
#define TEN_BYTES "0123456789"
#define HUNDRED_BYTES                                                                       \
  TEN_BYTES TEN_BYTES TEN_BYTES TEN_BYTES TEN_BYTES TEN_BYTES TEN_BYTES TEN_BYTES TEN_BYTES \
      TEN_BYTES
  const std::string text = "text";
  CHECK_FORMAT("");
  CHECK_FORMAT("a{}b{}c{}d{}e{}f{}g", 1, -2L, 3.5, text, 'c', true);
  CHECK_FORMAT("{}{}{}{}", 4U, "literal", std::string_view("view"), text.c_str());
  CHECK_FORMAT("{{{}}}", 5);
  CHECK_FORMAT("{1} {0:>6} {1:x} {2:.2f}", text, 255, 1.0);
  CHECK_FORMAT("{:{}}|", 7, 4);
  CHECK_FORMAT("{{\"id\": {:04}, \"share\": {:.1f}%, \"name\": \"{:_^8.3}\", \"ok\": {}}}", 7U,
               12.34, text, true);
  CHECK_FORMAT("{:x} {:#b} {:+} {:c} {:d} {:d} {:s} {:<3}|", 255, 5L, 6, 65, 'c', true, false, 'd');
  CHECK_FORMAT("{:} {:e} {:.2f} {:>6} {:>6}", 1.5, 2.5F, 3.0F, "literal", std::string_view("v"));
  CHECK_FORMAT("{:x} {}", -1, std::int8_t{-1});
  CHECK_FORMAT("{} {}", 1.5F, nullptr);
  CHECK_FORMAT("{:>20} {} {}", nullptr, fmt::ptr(&log), static_cast<void*>(nullptr));
  CHECK_FORMAT(HUNDRED_BYTES "{}" HUNDRED_BYTES, 8);
  CHECK_FORMAT(HUNDRED_BYTES HUNDRED_BYTES HUNDRED_BYTES "{}", 9);
  CHECK_FORMAT("{} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {}", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
               11, 12, 13, 14, 15, 16, 17);
#undef HUNDRED_BYTES
#undef TEN_BYTES
#undef CHECK_FORMAT
  EXPECT_FALSE(manual.backend->flush());
  EXPECT_EQ(manual.collected->messages(), want);
}

TEST(MacroTest, TakesAFormatThatIsAConstant) {
  static constexpr char kArray[] = "array {}";
  static constexpr std::string_view kView = "view {}";
  ManualBackend manual;
  const Logger log = manual.backend->logger("app");
  LATHE_INFO(log, kArray, 1);
  LATHE_INFO(log.deferred(), kView, 2);
  EXPECT_FALSE(manual.backend->flush());
  EXPECT_EQ(manual.collected->messages(), (Texts{"array 1", "view 2"}));
}

TEST(MacroTest, TellsWhereTheCallStands) {
  ManualBackend manual;
  const Logger log = manual.backend->logger("app");
  LATHE_INFO(log, "x");
  const unsigned line = __LINE__ - 1;
  EXPECT_FALSE(manual.backend->flush());
  EXPECT_EQ(manual.collected->records().at(0).file, "macro_test.cpp");
  EXPECT_EQ(manual.collected->records().at(0).line, line);
}

}  // namespace
}  // namespace lathe
