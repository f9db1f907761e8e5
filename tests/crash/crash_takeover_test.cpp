// SPDX-License-Identifier: MIT
//
// Crashes that the backend thread cannot write for: it has crashed itself, or waits.

#include <sys/syscall.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

#include "core/journaled_sink.hpp"
#include "crash_fixture.hpp"
#include "crash_malloc.hpp"

namespace lathe {

struct Bomb {
  int fuse;
};

}  // namespace lathe

template <>
struct fmt::formatter<lathe::Bomb> : fmt::formatter<int> {
  auto format(lathe::Bomb bomb, format_context& context) const {
    if (bomb.fuse == 0) lathe::write_to_null();
    return formatter<int>::format(bomb.fuse, context);
  }
};
template <>
inline constexpr bool lathe::is_deferrable<lathe::Bomb> = true;

namespace lathe {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// Does something when it is given the record "now".
class TriggerSink final : public Sink {
 public:
  explicit TriggerSink(std::function<void()> action) : action_(std::move(action)) {}
  std::error_code write(std::span<const Record> batch) override {
    for (const Record& record : batch) {
      if (record.message == "now") action_();
    }
    return {};
  }
  std::error_code flush() override { return {}; }
  std::error_code sync() override { return {}; }

 private:
  std::function<void()> action_;
};

[[noreturn]] void wait_for_ever() {
  for (;;) std::this_thread::sleep_for(1h);
}

class CrashTakeoverTest : public CrashTest {
 protected:
  Sinks with_trigger(std::function<void()> action) const {
    return sinks(std::make_unique<TriggerSink>(std::move(action)), file());
  }
};

TEST_F(CrashTakeoverTest, WritesForAThreadThatCrashesInASink) {
  for (const bool crash_safe : {true, false}) {
    std::filesystem::remove(dir / "logs/app.log");
    const Ended ended = end_of([&] {
      const CrashHandler handler(patient());
      Backend backend(backend_options(crash_safe), with_trigger(write_to_null));
      const Logger log = backend.logger("app");
      for (int i = 0; i < 5000; ++i) LATHE_INFO(log, "{}", i);
      log.info("now");
      wait_for_ever();
    });
    EXPECT_EQ(ended.signal(), SIGSEGV);
    EXPECT_EQ(ended.said, "");
    EXPECT_EQ(log(), numbers(5000) + "now\n");
    EXPECT_EQ(restart(), 0u);
    EXPECT_EQ(log(), numbers(5000) + "now\n");
  }
}

TEST_F(CrashTakeoverTest, LeavesWhatItCannotFormatToTheNextStart) {
  const Ended ended = end_of([&] {
    const CrashHandler handler(patient());
    Backend backend(backend_options(), file());
    const Logger log = backend.logger("app");
    log.info("0");
    if (backend.flush()) ::_exit(100);
    LATHE_INFO(log.deferred(), "{} never formatted", Bomb{0});
    wait_for_ever();
  });
  EXPECT_EQ(ended.signal(), SIGSEGV);
  EXPECT_NE(ended.said.find("lathe: at most 1 records are left for the next start, in " +
                            (dir / "spool/lathe-")),
            std::string::npos)
      << ended.said;
  EXPECT_EQ(log(), "0\n");
  EXPECT_TRUE(has_spool());
}

TEST_F(CrashTakeoverTest, WritesWhatOthersLoggedBesideADeferredRecord) {
  const Ended ended = end_of([&] {
    const CrashHandler handler({.deadline = 200ms});
    std::atomic<bool> is_stuck{false};
    Backend backend(backend_options(), with_trigger([&] {
                      is_stuck.store(true);
                      wait_for_ever();
                    }));
    const Logger log = backend.logger("app");
    log.info("now");
    while (!is_stuck.load()) std::this_thread::yield();
    LATHE_INFO(log.deferred(), "{}", 1);
    log.info("2");
    std::thread([&] { log.info("of another thread"); }).join();
    write_to_null();
  });
  EXPECT_EQ(ended.signal(), SIGSEGV);
  EXPECT_EQ(log(), "now\nof another thread\n");
  EXPECT_EQ(restart(), 2u);
  EXPECT_EQ(log(), "now\nof another thread\n1\n2\n");
}

TEST_F(CrashTakeoverTest, WritesForAThreadThatHangsInASink) {
  const Ended ended = end_of([&] {
    const CrashHandler handler({.deadline = 200ms});
    std::atomic<bool> is_stuck{false};
    Backend backend(backend_options(false), with_trigger([&] {
                      is_stuck.store(true);
                      wait_for_ever();
                    }));
    const Logger log = backend.logger("app");
    log.info("now");
    while (!is_stuck.load()) std::this_thread::yield();
    // Longer than the sink's block of lines, and out of the queue.
    log.info("{}", std::string(900'000, 'x'));
    for (int i = 0; i < 200; ++i) log.info("{}", i);  // so few are not cut off by the deadline
    std::abort();
  });
  EXPECT_EQ(ended.signal(), SIGABRT);
  EXPECT_EQ(ended.said, "");
  EXPECT_EQ(log(), "now\n" + std::string(900'000, 'x') + "\n" + numbers(200));
}

TEST_F(CrashTakeoverTest, GivesBackQueuesWhenItsNotesAreFull) {
  constexpr int kThreads = 12;
  constexpr int kRecords = 1800;  // of all: more than a pass has room for
  const Ended ended = end_of([&] {
    const CrashHandler handler(patient());
    std::atomic<int> threads_left{kThreads};
    Backend backend(backend_options(), with_trigger([&] {
                      while (threads_left.load() != 0) std::this_thread::yield();
                      write_to_null();
                    }));
    const Logger log = backend.logger("app");
    log.info("now");
    for (int thread = 0; thread < kThreads; ++thread) {
      std::thread([&, thread] {
        for (int i = 0; i < kRecords; ++i) LATHE_INFO(log, "{} {}", thread, i);
        threads_left.fetch_sub(1);
      }).detach();
    }
    wait_for_ever();
  });
  EXPECT_EQ(ended.said, "");
  const std::string lines = log();
  int next[kThreads] = {};
  std::istringstream in(lines);
  int thread = 0;
  int number = 0;
  std::string now;
  in >> now;
  while (in >> thread >> number) ASSERT_EQ(number, next[thread]++);
  for (const int each : next) EXPECT_EQ(each, kRecords);
  EXPECT_EQ(restart(), 0u);
  EXPECT_EQ(log(), lines);
}

TEST_F(CrashTakeoverTest, WorksWhileMallocIsLocked) {
  for (const bool crash_safe : {true, false}) {
    std::filesystem::remove(dir / "logs/app.log");
    const Ended ended = end_of([&] {
      const CrashHandler handler({.deadline = 400ms});
      std::atomic<int> step{0};
      Backend backend(backend_options(crash_safe), with_trigger([&] {
                        step.store(1);
                        while (step.load() == 1) std::this_thread::yield();
                        delete new int(step.load());  // waits for the lock
                      }));
      const Logger log = backend.logger("app");
      log.info("now");
      while (step.load() == 0) std::this_thread::yield();
      for (int i = 0; i < 100; ++i) LATHE_INFO(log, "{}", i);
      if (!lock_malloc()) ::_exit(77);
      step.store(2);
      write_to_null();
    });
    if (ended.exit_code() == 77) GTEST_SKIP() << "a sanitizer's allocator is in use";
    EXPECT_EQ(ended.signal(), SIGSEGV);
    EXPECT_EQ(log(), "now\n" + numbers(100));
    EXPECT_EQ(restart(), 0u);
  }
}

// Stays inside the gate, as in a write that does not come back.
class HangingSink final : public Sink, public JournaledSink {
 public:
  explicit HangingSink(std::atomic<bool>& hangs) : hangs_(hangs) {}
  void attach(SinkHost& host) override { journal_ = host.journal(*this); }
  std::error_code write(std::span<const Record>) override {
    const GateScope inside(journal_->gate());
    hangs_.store(true);
    wait_for_ever();
  }
  std::error_code flush() override { return {}; }
  std::error_code sync() override { return {}; }
  SinkDescription description() const override {
    SinkDescription description;
    description.path = "/nowhere";
    description.pattern = "{message}";
    return description;
  }
  std::uint32_t begin_recovery(FileJournal&, const SinkDescription&, std::uint64_t) override {
    return 0;
  }
  std::error_code take(std::span<const Record>) override { return {}; }
  void end_recovery(const std::string&) override {}

 private:
  std::atomic<bool>& hangs_;
  FileJournal* journal_ = nullptr;
};

TEST_F(CrashTakeoverTest, EndsAtItsDeadlineWhenAWriteHangs) {
  for (const bool crash_safe : {true, false}) {
    std::filesystem::remove(dir / "logs/app.log");
    const Ended ended = end_of([&] {
      const CrashHandler handler({.deadline = 100ms});
      std::atomic<bool> hangs{false};
      Backend backend(backend_options(crash_safe),
                      sinks(std::make_unique<HangingSink>(hangs), file()));
      const Logger log = backend.logger("app");
      log.info("0");
      while (!hangs.load()) std::this_thread::yield();
      log.info("1");
      write_to_null();
    });
    EXPECT_EQ(ended.signal(), SIGSEGV);
    EXPECT_EQ(log(), "");
    const std::string want = crash_safe
                                 ? "lathe: at most 2 records are left for the next start, in "
                                 : "lathe: at most 2 records could not be written before the end "
                                   "of this process\n";
    EXPECT_EQ(ended.said.substr(0, want.size()), want);
    EXPECT_EQ(restart(), crash_safe ? 2u : 0u);
    EXPECT_EQ(log(), crash_safe ? "0\n1\n" : "");
  }
}

// True while the thread waits in a handler of ours: it sleeps, and blocks all signals but those of
// faults. (pthread_create blocks those, too, for a moment.)
bool waits_in_handler(long thread) {
  const auto bit = [](int signal) { return std::uint64_t{1} << static_cast<unsigned>(signal - 1); };
  std::ifstream in("/proc/self/task/" + std::to_string(thread) + "/status");
  bool sleeps = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("State:")) sleeps = line.find("S (sleeping)") != std::string::npos;
    if (!line.starts_with("SigBlk:")) continue;
    const std::uint64_t blocked = std::stoull(line.substr(7), nullptr, 16);
    return sleeps && (blocked & bit(SIGTERM)) != 0 && (blocked & bit(SIGFPE)) == 0;
  }
  return false;
}

// The thread that drains is hit by a second signal while it waits.
TEST_F(CrashTakeoverTest, ACrashWithinTheHandlerEndsAtOnce) {
  const Ended ended = end_of([&] {
    const CrashHandler handler({.deadline = std::chrono::minutes(30)});
    std::atomic<bool> is_stuck{false};
    Backend backend(backend_options(), with_trigger([&] {
                      is_stuck.store(true);
                      wait_for_ever();
                    }));
    backend.logger("app").info("now");
    while (!is_stuck.load()) std::this_thread::yield();
    const pthread_t victim = ::pthread_self();
    const long number = ::syscall(SYS_gettid);
    std::thread([victim, number] {
      while (!waits_in_handler(number)) std::this_thread::sleep_for(1ms);
      (void)::pthread_kill(victim, SIGFPE);
    }).detach();
    write_to_null();
  });
  EXPECT_EQ(ended.signal(), SIGFPE);  // and not the alarm's
  EXPECT_EQ(restart(), 1u);
  EXPECT_EQ(log(), "now\n");
}

TEST_F(CrashTakeoverTest, CountsWhatASinkOfTheProgramDoesNotGet) {
  const Ended ended = end_of([&] {
    const CrashHandler handler(patient());
    Backend backend(backend_options(), std::make_unique<TriggerSink>(write_to_null));
    backend.logger("app").info("now");
    wait_for_ever();
  });
  EXPECT_EQ(ended.said,
            "lathe: at most 1 records could not be written before the end of this process\n");
}

TEST_F(CrashTakeoverTest, DrainsABackendThatTheProgramSteps) {
  const Ended ended = end_of([&] {
    const CrashHandler handler(patient());
    BackendOptions options = backend_options();
    options.thread = BackendThread::manual;
    Backend backend(options, file());
    const Logger log = backend.logger("app");
    log.info("0");
    while (backend.step()) {
    }
    log.info("1");
    write_to_null();
  });
  EXPECT_EQ(ended.signal(), SIGSEGV);
  EXPECT_EQ(log(), "0\n1\n");
  EXPECT_EQ(restart(), 0u);
}

}  // namespace
}  // namespace lathe
