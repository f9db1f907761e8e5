// SPDX-License-Identifier: MIT
//
// What a log call does not do when its level is off: evaluate its arguments. Compiled with
// LATHE_LEVEL_FLOOR=warn.

#include <gtest/gtest.h>

#include <lathe/lathe.hpp>

namespace lathe {
namespace {

TEST(MacroTest, DoesNotEvaluateArgumentsOfALevelThatIsOff) {
  const Logger log;  // takes nothing
  int evaluated = 0;

  LATHE_WARN(log, "{}", ++evaluated);
  LATHE_CRITICAL(log.deferred(), "{}", ++evaluated);
  LATHE_LOG(log, Level::error, "{}", ++evaluated);

  EXPECT_EQ(evaluated, 0);
}

TEST(MacroTest, DoesNotEvaluateArgumentsBelowTheFloorWhateverTheLoggersLevel) {
  LoggerState everything{Level::trace};
  const Logger log{everything};
  int evaluated = 0;

  LATHE_TRACE(log, "{}", ++evaluated);
  LATHE_DEBUG(log, "{}", ++evaluated);
  LATHE_INFO(log, "{}", ++evaluated);
  LATHE_INFO(log.deferred(), "{}", ++evaluated);
  LATHE_LOG(log, Level::info, "{}", ++evaluated);

  EXPECT_TRUE(log.enabled(Level::info));
  EXPECT_EQ(evaluated, 0);
}

TEST(MacroTest, EvaluatesTheLoggerOfALevelThatIsOffButOnlyOnce) {
  const Logger log;
  int evaluated = 0;
  const auto logger = [&] {
    ++evaluated;
    return log;
  };

  LATHE_ERROR(logger(), "x");

  EXPECT_EQ(evaluated, 1);
}

}  // namespace
}  // namespace lathe
