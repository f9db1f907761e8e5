// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include <lathe/lathe.hpp>

#include "manual_backend.hpp"

namespace lathe_test {

struct Point {
  int x;
  int y;
};
struct Thrower {
  int kind;
};

}  // namespace lathe_test

template <>
struct fmt::formatter<lathe_test::Point> : fmt::formatter<int> {
  auto format(const lathe_test::Point& point, fmt::format_context& context) const {
    return fmt::format_to(context.out(), "({}, {})", point.x, point.y);
  }
};

template <>
struct fmt::formatter<lathe_test::Thrower> : fmt::formatter<int> {
  auto format(const lathe_test::Thrower& thrower, fmt::format_context& context) const
      -> fmt::format_context::iterator {
    if (thrower.kind == 0) {
      throw std::runtime_error("no such thing");
    }
    if (thrower.kind == 1) {
      throw 5;
    }
    return context.out();
  }
};

namespace lathe {
namespace {

using Texts = std::vector<std::string>;

static_assert(std::is_trivially_copyable_v<Logger> && sizeof(Logger) == sizeof(void*),
              "a Logger is a cheap value");
static_assert(noexcept(std::declval<Logger>().info("x")), "a log call never throws");

TEST(LoggerTest, LogsAtAllSixLevels) {
  ManualBackend manual({.level = Level::trace});
  const Logger log = manual.backend->logger("app");
  log.trace("0");
  log.debug("1");
  log.info("2");
  log.warn("3");
  log.error("4");
  log.critical("5");
  log.log(Level::warn, "{}", 6);
  EXPECT_FALSE(manual.backend->flush());
  std::vector<Level> levels;
  for (const CollectedRecord& record : manual.collected->records()) {
    levels.push_back(record.level);
  }
  EXPECT_EQ(levels, (std::vector<Level>{Level::trace, Level::debug, Level::info, Level::warn,
                                        Level::error, Level::critical, Level::warn}));
}

TEST(LoggerTest, TellsWhereTheCallStands) {
  ManualBackend manual;
  const Logger log = manual.backend->logger("net");
  log.info("x");
  const unsigned line = __LINE__ - 1;
  EXPECT_FALSE(manual.backend->flush());
  const CollectedRecord record = manual.collected->records().at(0);
  EXPECT_EQ(record.file, "logger_test.cpp");
  EXPECT_EQ(record.line, line);
  EXPECT_EQ(record.logger, "net");
  EXPECT_EQ(record.thread_id, static_cast<std::uint32_t>(::gettid()));
}

TEST(LoggerTest, SharesItsLevelWithItsCopies) {
  ManualBackend manual;
  const Logger log = manual.backend->logger("app");
  const Logger copy = log;
  EXPECT_FALSE(copy.enabled(Level::debug));
  log.set_level(Level::debug);
  EXPECT_TRUE(copy.enabled(Level::debug));
  EXPECT_EQ(manual.backend->logger("app").level(), Level::debug);
  EXPECT_EQ(manual.backend->logger("other").level(), Level::info);
  log.set_level(Level::off);
  EXPECT_FALSE(copy.enabled(Level::critical));
  copy.critical("not taken");
  EXPECT_FALSE(manual.backend->flush());
  EXPECT_TRUE(manual.collected->messages().empty());
}

TEST(LoggerTest, ARecordHasNoLevelOff) {
  ManualBackend manual;
  const Logger log = manual.backend->logger("app");
  EXPECT_FALSE(log.enabled(Level::off));
  log.log(Level::off, "x");
  EXPECT_FALSE(manual.backend->flush());
  EXPECT_TRUE(manual.collected->messages().empty());
}

TEST(LoggerTest, FormatsUserTypesAndRuntimeFormatStrings) {
  ManualBackend manual;
  const Logger log = manual.backend->logger("app");
  log.info("at {}", lathe_test::Point{1, 2});
  const std::string text = "run time {:>4}";
  log.info(fmt::runtime(text), 7);
  log.deferred().info(fmt::runtime(text), 8);
  EXPECT_FALSE(manual.backend->flush());
  EXPECT_EQ(manual.collected->messages(), (Texts{"at (1, 2)", "run time    7", "run time    8"}));
}

TEST(LoggerTest, WritesANoteInPlaceOfWhatAFormatterThrew) {
  ManualBackend manual;
  const Logger log = manual.backend->logger("app");
  log.info("a {}", lathe_test::Thrower{0});
  LATHE_INFO(log, "b {}", lathe_test::Thrower{1});
  log.info(fmt::runtime("c {:d}"), "text");
  log.info("after");
  EXPECT_FALSE(manual.backend->flush());
  const Texts texts = manual.collected->messages();
  ASSERT_EQ(texts.size(), 4U);
  EXPECT_EQ(texts[0], "[lathe: formatting \"a {}\" threw no such thing]");
  EXPECT_EQ(texts[1], "[lathe: formatting \"b {}\" threw something that is no std::exception]");
  EXPECT_NE(texts[2].find("[lathe: formatting \"c {:d}\" threw "), std::string::npos) << texts[2];
  EXPECT_EQ(texts[3], "after");
}

TEST(LoggerTest, CarriesMessagesOfEverySizeWhole) {
  ManualBackend manual({.queue_bytes = 4 * KiB});
  const Logger log = manual.backend->logger("app");
  for (const std::size_t size :
       {0UL, 1UL, 999UL, 1000UL, 1001UL, 1023UL, 1024UL, 1025UL, 5000UL, 70'000UL, 500'000UL}) {
    const std::string text(size, 'm');
    log.info("{}", text);
    LATHE_INFO(log, "{}", text);
    LATHE_INFO(log.deferred(), "{}", text);
    EXPECT_FALSE(manual.backend->flush());
    const Texts texts = manual.collected->messages();
    ASSERT_EQ(texts.size(), 3U);
    for (const std::string& each : texts) {
      ASSERT_EQ(each, text);
    }
    manual.collected->kept.clear();
  }
}

TEST(LoggerTest, AFormatterMayLog) {
  struct Nested {};
  ManualBackend manual;
  const Logger log = manual.backend->logger("app");
  const auto nested = [&] {
    log.info("{}", std::string(3000, 'i'));
    return std::string(2000, 'o');
  };
  log.info("{}{}", std::string(2000, 'o'), nested());
  EXPECT_FALSE(manual.backend->flush());
  EXPECT_EQ(manual.collected->messages(), (Texts{std::string(3000, 'i'), std::string(4000, 'o')}));
}

TEST(LoggerTest, CallsAreCountedOnceTheBackendIsGone) {
  std::optional<Logger> log;
  {
    ManualBackend manual;
    log = manual.backend->logger("app");
    log->info("taken");
  }
  const std::uint64_t before = refused_records();
  log->info("refused {}", 1);
  LATHE_INFO(*log, "refused");
  LATHE_INFO(log->deferred(), "refused {}", 2);
  EXPECT_EQ(refused_records() - before, 3U);
  EXPECT_EQ(log->name(), "app");
}

TEST(LoggerTest, ADefaultLoggerTakesNothing) {
  const Logger log;
  EXPECT_FALSE(log.enabled(Level::critical));
  log.critical("x");
  EXPECT_EQ(log.name(), "");
}

TEST(LoggerTest, AThreadsLastRecordsAreWrittenThoughItHasEnded) {
  ManualBackend manual;
  const Logger log = manual.backend->logger("app");
  std::thread([&] {
    ASSERT_EQ(::pthread_setname_np(::pthread_self(), "worker-7"), 0);
    log.info("last words");
  }).join();
  EXPECT_FALSE(manual.backend->flush());
  EXPECT_EQ(manual.collected->messages(), Texts{"last words"});
  EXPECT_EQ(manual.collected->records().at(0).thread_name, "worker-7");
  (void)manual.backend->step();
  EXPECT_EQ(manual.backend->stats().producers, 0U);
}

// Its destructor runs after the one of lathe's own thread-local guard, which was made later.
struct LogsAtThreadEnd {
  std::optional<Logger> log;
  ~LogsAtThreadEnd() {
    if (log) {
      log->info("{}", std::string(2000, 'z'));
      LATHE_INFO(log->deferred(), "deferred {}", 1);
    }
  }
};

TEST(LoggerTest, LoggingFromThreadLocalDestructorsIsWritten) {
  ManualBackend manual;
  const Logger log = manual.backend->logger("app");
  std::thread([&] {
    thread_local LogsAtThreadEnd at_end;
    at_end.log = log;
    log.info("first");
  }).join();
  EXPECT_FALSE(manual.backend->flush());
  EXPECT_EQ(manual.collected->messages(), (Texts{"first", std::string(2000, 'z'), "deferred 1"}));
}

TEST(LoggerTest, AForkedChildsCallsAreCountedAndTheParentsRecordsWrittenOnce) {
  auto collected = std::make_shared<Collected>();
  auto backend = std::make_unique<Backend>(std::make_unique<CollectingSink>(collected));
  const Logger log = backend->logger("app");
  log.info("from the parent");
  const std::uint64_t before = refused_records();
  const pid_t child = ::fork();
  if (child == 0) {
    log.info("from the child");
    const bool counted = refused_records() == before + 1;
    const bool refuses = backend->flush() == std::errc::operation_not_supported;
    backend.reset();
    ::_exit(counted && refuses ? 0 : 1);
  }
  ASSERT_GT(child, 0);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_FALSE(backend->flush());
  EXPECT_EQ(collected->messages(), Texts{"from the parent"});
}

}  // namespace
}  // namespace lathe
