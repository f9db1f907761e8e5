// SPDX-License-Identifier: MIT
//
// The program-wide backend. A program of its own, since it has one for the process; what happens
// after main is checked by a child whose stderr and file are read back.

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

#include <lathe/global.hpp>

#include "support/temp_dir.hpp"

namespace lathe {
namespace {

std::size_t lines_with(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

TEST(GlobalTest, RecordsGoToStderrBeforeStartAndAfterStopAndToTheFileBetween) {
  const TempDir directory;
  testing::internal::CaptureStderr();
  const Logger kept = log();
  info("before {}", 1);
  LATHE_WARN(log().deferred(), "deferred before {}", 2);
  EXPECT_FALSE(flush()) << "nothing to wait for is no error";

  start({.path = directory / "app.log"});
  info("between {}", 3);
  LATHE_INFO(kept, "kept logger {}", 4);
  debug("below the level");
  EXPECT_FALSE(flush());
  EXPECT_FALSE(sync());
  stop();

  error("after {}", 5);
  kept.info("kept logger after {}", 6);
  stop();
  const std::string told = testing::internal::GetCapturedStderr();
  EXPECT_EQ(lines_with(told, "before 1\n"), 1U);
  EXPECT_EQ(lines_with(told, "warn app global_test.cpp:"), 1U);
  EXPECT_EQ(lines_with(told, "deferred before 2\n"), 1U);
  EXPECT_EQ(lines_with(told, "after 5\n"), 1U);
  EXPECT_EQ(lines_with(told, "kept logger after 6\n"), 1U);
  EXPECT_EQ(lines_with(told, "\n"), 4U) << told;

  const std::string file = directory.read("app.log");
  EXPECT_EQ(lines_with(file, "between 3\n"), 1U);
  EXPECT_EQ(lines_with(file, "kept logger 4\n"), 1U);
  EXPECT_EQ(lines_with(file, "\n"), 2U) << file;
}

TEST(GlobalTest, StartsAgainAfterStopButNotTwice) {
  const TempDir directory;
  start({.path = directory / "one.log"});
  EXPECT_THROW(start({.path = directory / "two.log"}), std::logic_error);
  info("one");
  stop();
  start({.path = directory / "two.log"}, {.level = Level::debug});
  debug("two");
  stop();
  EXPECT_EQ(lines_with(directory.read("one.log"), "one\n"), 1U);
  EXPECT_EQ(lines_with(directory.read("two.log"), "two\n"), 1U);
}

TEST(GlobalTest, AFailedStartLeavesItStopped) {
  EXPECT_THROW(start({.path = ""}), OptionError);
  EXPECT_THROW(start({.path = "/proc/no/such/app.log"}), std::system_error);
  testing::internal::CaptureStderr();
  info("still here");
  EXPECT_EQ(lines_with(testing::internal::GetCapturedStderr(), "still here\n"), 1U);
}

// Static objects log from their constructor, before main, and from their destructor, after it.
struct LogsFromStatics {
  LogsFromStatics() {
    if (::getenv("LATHE_TEST_STATICS") != nullptr) {
      info("from a static constructor");
    }
  }
  ~LogsFromStatics() {
    if (::getenv("LATHE_TEST_STATICS") != nullptr) {
      info("from a static destructor");
      LATHE_INFO(log().deferred(), "deferred from a static destructor {}", 1);
    }
  }
};
const LogsFromStatics logs_from_statics;

TEST(GlobalTest, StaticConstructorsAndDestructorsLogWithoutLossOrHarm) {
  const TempDir directory;
  const std::string command = "LATHE_TEST_STATICS='" + (directory / "app.log") +
                              "' /proc/self/exe --child 2>'" + (directory / "stderr") + "'";
  const std::string self = std::filesystem::read_symlink("/proc/self/exe");
  std::string run = command;
  run.replace(run.find("/proc/self/exe"), std::string("/proc/self/exe").size(), "'" + self + "'");
  const int status = std::system(run.c_str());
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  const std::string all = directory.read("app.log") + directory.read("stderr");
  EXPECT_EQ(lines_with(all, "from a static constructor\n"), 1U) << all;
  EXPECT_EQ(lines_with(all, "main is running\n"), 1U) << all;
  EXPECT_EQ(lines_with(all, "from a static destructor\n"), 1U) << all;
  EXPECT_EQ(lines_with(all, "deferred from a static destructor 1\n"), 1U) << all;
  EXPECT_EQ(lines_with(directory.read("app.log"), "main is running\n"), 1U);
}

}  // namespace
}  // namespace lathe

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == "--child") {
    lathe::start({.path = ::getenv("LATHE_TEST_STATICS")});
    lathe::info("main is running");
    return 0;
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
