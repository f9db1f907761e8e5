// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <string>
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
