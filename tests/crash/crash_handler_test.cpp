// SPDX-License-Identifier: MIT
//
// What each kind of crash leaves in the files, and how the process ends.

#include <sys/mman.h>

#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "crash_fixture.hpp"

namespace lathe {
namespace {

// Instructions that a compiler must not see through.
volatile int dividend = 7;
volatile int divisor = 0;
volatile int quotient = 0;
__attribute__((no_sanitize("undefined"))) void divide() { quotient = dividend / divisor; }

void touch_missing_page() {
  char name[] = "/tmp/lathe-test-page-XXXXXX";
  const int file = ::mkstemp(name);
  if (file < 0 || ::unlink(name) != 0) std::abort();
  void* const page = ::mmap(nullptr, 4096, PROT_READ, MAP_SHARED, file, 0);
  if (page == MAP_FAILED) std::abort();
  (void)*static_cast<volatile char*>(page);
}

volatile std::uint64_t depth_max = UINT64_MAX;

[[gnu::noinline]] std::uint64_t use_up_stack(std::uint64_t depth) {
  volatile std::uint64_t room[64];
  room[depth % 64] = depth;
  return depth == depth_max ? 0 : use_up_stack(depth + 1) + room[depth % 64];
}

struct Crash {
  const char* name;
  int signal;
  void (*cause)();
};

const Crash kCrashes[] = {
    {"write to null", SIGSEGV, write_to_null},
    {"missing page", SIGBUS, touch_missing_page},
    {"division by zero", SIGFPE, divide},
    {"illegal instruction", SIGILL, [] { __builtin_trap(); }},
    {"abort", SIGABRT, [] { std::abort(); }},
    {"terminate", SIGABRT, [] { std::terminate(); }},
    {"uncaught exception", SIGABRT,
     [] { std::thread([] { throw std::runtime_error("uncaught"); }).join(); }},
    {"raise", SIGSEGV, [] { (void)::raise(SIGSEGV); }},
    {"kill", SIGFPE,
     [] {
       (void)::kill(::getpid(), SIGFPE);
       ::pause();
     }},
    {"raise of abort", SIGABRT, [] { (void)::raise(SIGABRT); }},
};

class CrashHandlerTest : public CrashTest {
 protected:
  // A child logs `count` records and crashes.
  Ended crash(void (*cause)(), bool crash_safe, bool has_handler = true) const {
    return end_of([&] {
      std::unique_ptr<CrashHandler> handler;
      if (has_handler) handler = std::make_unique<CrashHandler>(patient());
      Backend backend(backend_options(crash_safe), file());
      const Logger log = backend.logger("app");
      for (int i = 0; i < 1000; ++i) LATHE_INFO(log, "{}", i);
      cause();
    });
  }
};

TEST_F(CrashHandlerTest, WritesEverythingBeforeTheProcessEndsAsItWould) {
  for (const Crash& each : kCrashes) {
    for (const bool crash_safe : {true, false}) {
      SCOPED_TRACE(std::string(each.name) + (crash_safe ? ", crash-safe" : ""));
      std::filesystem::remove(dir / "logs/app.log");
      const Ended without = crash(each.cause, crash_safe, false);
      (void)restart();
      std::filesystem::remove(dir / "logs/app.log");
      const Ended with = crash(each.cause, crash_safe);
      EXPECT_EQ(with.status, without.status);
      EXPECT_EQ(log(), numbers(1000));
      EXPECT_EQ(has_spool(), crash_safe);
      EXPECT_EQ(restart(), 0u);
      EXPECT_EQ(log(), numbers(1000));
      EXPECT_FALSE(has_spool());
      EXPECT_EQ(with.signal(), each.signal);
    }
  }
}

// Of a backend that nobody else empties: only a handler can have written it.
TEST_F(CrashHandlerTest, WorksWhenAStackIsUsedUp) {
  enum class Thread { main, logs, is_covered };
  for (const Thread where : {Thread::main, Thread::logs, Thread::is_covered}) {
    SCOPED_TRACE(static_cast<int>(where));
    std::filesystem::remove(dir / "logs/app.log");
    const Ended ended = end_of([&] {
      const CrashHandler handler(patient());
      BackendOptions options = backend_options(false);
      options.thread = BackendThread::manual;
      Backend backend(options, file());
      const Logger log = backend.logger("app");
      for (int i = 0; i < 99; ++i) log.info("{}", i);
      const auto job = [&] {
        if (where == Thread::is_covered) CrashHandler::cover_this_thread();
        if (where != Thread::is_covered) log.info("{}", 99);
        (void)!use_up_stack(1);
      };
      where == Thread::main ? job() : std::thread(job).join();
    });
    EXPECT_NE(ended.status, 0);
    EXPECT_EQ(log(), numbers(where == Thread::is_covered ? 99 : 100));
  }
}

TEST_F(CrashHandlerTest, DrainsOnceWhenManyThreadsCrash) {
  constexpr int kThreads = 8;
  for (const bool crash_safe : {true, false}) {
    std::filesystem::remove(dir / "logs/app.log");
    const Ended ended = end_of([&] {
      const CrashHandler handler(patient());
      Backend backend(backend_options(crash_safe), file());
      const Logger log = backend.logger("app");
      pthread_barrier_t all;
      if (::pthread_barrier_init(&all, nullptr, kThreads) != 0) ::_exit(100);
      std::vector<std::thread> crew;
      for (int i = 0; i < kThreads; ++i) {
        crew.emplace_back([&, i] {
          log.info("{}", i);
          (void)::pthread_barrier_wait(&all);
          i % 2 == 0 ? write_to_null() : std::abort();
        });
      }
      for (std::thread& each : crew) each.join();
    });
    EXPECT_NE(ended.status, 0);
    std::string lines = log();
    EXPECT_EQ(lines.size(), 2u * kThreads) << lines;
    for (int i = 0; i < kThreads; ++i) {
      EXPECT_NE(lines.find(std::to_string(i) + "\n"), std::string::npos) << lines;
    }
    EXPECT_EQ(restart(), 0u);
    EXPECT_EQ(log(), lines);
  }
}

// What an earlier handler is given, and where it finds the thread.
siginfo_t seen_info;
void* seen_code = nullptr;

void* code_of(void* context) {
#if defined(__x86_64__)
  return reinterpret_cast<void*>(static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP]);
#else
  return reinterpret_cast<void*>(static_cast<ucontext_t*>(context)->uc_mcontext.pc);
#endif
}

void with_info(int, siginfo_t* info, void* context) {
  seen_info = *info;
  seen_code = code_of(context);
  const bool is_fault = info->si_code == SEGV_MAPERR && info->si_addr == nullptr;
  const bool is_sent =
      info->si_code == SI_QUEUE && info->si_value.sival_int == 4711 && info->si_pid == ::getpid();
  ::_exit(is_fault ? 41 : is_sent ? 42 : 43);
}

TEST_F(CrashHandlerTest, CallsTheEarlierHandlerWithTheSameInfo) {
  for (const bool is_sent : {false, true}) {
    const Ended ended = end_of([&] {
      struct sigaction action {};
      action.sa_sigaction = with_info;
      action.sa_flags = SA_SIGINFO;
      if (::sigaction(SIGSEGV, &action, nullptr) != 0) ::_exit(100);
      const CrashHandler handler(patient());
      Backend backend(backend_options(false), file(is_sent ? "sent.log" : "fault.log"));
      backend.logger("app").info("0");
      if (is_sent) {
        sigval value{};
        value.sival_int = 4711;
        (void)::sigqueue(::getpid(), SIGSEGV, value);
        ::pause();
      }
      write_to_null();
    });
    EXPECT_EQ(ended.exit_code(), is_sent ? 42 : 41);
    EXPECT_EQ(log(is_sent ? "sent.log" : "fault.log"), "0\n");
  }
}

volatile sig_atomic_t plain_calls = 0;

TEST_F(CrashHandlerTest, TheProcessGoesOnWhereTheEarlierHandlerLetsIt) {
  const Ended ended = end_of([&] {
    if (::signal(SIGTERM, [](int) { plain_calls = plain_calls + 1; }) == SIG_ERR) ::_exit(100);
    const CrashHandler handler({.signals = {SIGTERM, SIGSEGV}});
    Backend backend(backend_options(false), file());
    const Logger log = backend.logger("app");
    log.info("0");
    if (::raise(SIGTERM) != 0 || plain_calls != 1) ::_exit(101);
    log.info("1");
    if (::raise(SIGTERM) != 0 || plain_calls != 2) ::_exit(102);
    if (backend.flush()) ::_exit(103);
    log.info("2");
    write_to_null();
  });
  EXPECT_NE(ended.status, 0);
  EXPECT_LT(ended.exit_code(), 100);
  EXPECT_EQ(log(), numbers(3));
}

TEST_F(CrashHandlerTest, EndsByARequestedSignal) {
  const Ended ended = end_of([&] {
    const CrashHandler handler({.signals = {SIGTERM}});
    Backend backend(backend_options(false), file());
    backend.logger("app").info("0");
    (void)::kill(::getpid(), SIGTERM);
    ::pause();
  });
  EXPECT_EQ(ended.signal(), SIGTERM);
  EXPECT_EQ(log(), "0\n");
}

TEST_F(CrashHandlerTest, LeavesAnIgnoredSignalIgnored) {
  const Ended ended = end_of([] {
    if (::signal(SIGTERM, SIG_IGN) == SIG_ERR) ::_exit(100);
    const CrashHandler handler({.signals = {SIGTERM}});
    struct sigaction present {};
    const bool is_ignored =
        ::sigaction(SIGTERM, nullptr, &present) == 0 && present.sa_handler == SIG_IGN;
    ::_exit(is_ignored && ::raise(SIGTERM) == 0 ? 7 : 8);
  });
  EXPECT_EQ(ended.exit_code(), 7);
}

TEST_F(CrashHandlerTest, PutsTheEarlierHandlersBackAtItsEnd) {
  const Ended ended = end_of([] {
    if (::signal(SIGSEGV, [](int) { ::_exit(9); }) == SIG_ERR) ::_exit(100);
    { const CrashHandler handler; }
    { const CrashHandler handler; }
    write_to_null();
  });
  EXPECT_EQ(ended.exit_code(), 9);
}

TEST_F(CrashHandlerTest, IsTheOnlyOne) {
  const Ended ended = end_of([] {
    const CrashHandler handler;
    try {
      const CrashHandler second;
    } catch (const std::system_error& error) {
      ::_exit(error.code() == std::errc::device_or_resource_busy ? 5 : 6);
    }
  });
  EXPECT_EQ(ended.exit_code(), 5);
}

TEST_F(CrashHandlerTest, RefusesWhatItCannotDo) {
  EXPECT_THROW(CrashHandler({.signals = {SIGKILL}}), OptionError);
  EXPECT_THROW(CrashHandler({.signals = {}}), OptionError);
  EXPECT_THROW(CrashHandler({.deadline = std::chrono::seconds(0)}), OptionError);
  EXPECT_THROW(CrashHandler({.alternate_stack_bytes = 17 * MiB}), OptionError);
}

TEST_F(CrashHandlerTest, AChildOfForkLeavesItsParentsRecordsAlone) {
  const Ended ended = end_of([&] {
    const CrashHandler handler(patient());
    Backend backend(backend_options(false), file());
    const Logger log = backend.logger("app");
    log.info("0");
    const Ended child = end_of([&] {
      Backend own(backend_options(false), file("child.log"));
      own.logger("app").info("of the child");
      write_to_null();
    });
    if (child.status == 0) ::_exit(100);
    log.info("1");
  });
  EXPECT_EQ(log("child.log"), "of the child\n");
  EXPECT_EQ(ended.status, 0) << ended.said;
  EXPECT_EQ(log(), numbers(2));
}

TEST_F(CrashHandlerTest, WritesTheRecordsOfAllBackends) {
  const Ended ended = end_of([&] {
    const CrashHandler handler(patient());
    Backend first(backend_options(), file("a.log"));
    Backend second(backend_options(false), sinks(file("b.log"), file("c.log")));
    first.logger("app").info("0");
    second.logger("app").info("0");
    write_to_null();
  });
  EXPECT_NE(ended.status, 0);
  EXPECT_EQ(log("a.log") + log("b.log") + log("c.log"), "0\n0\n0\n");
  EXPECT_EQ(ended.said.find("lathe: "), std::string::npos) << ended.said;
}

TEST_F(CrashHandlerTest, MakesTheSameCoreFileOrNone) {
  const auto end_with = [&](bool has_handler) {
    return end_of([&] {
      rlimit core{};
      (void)::getrlimit(RLIMIT_CORE, &core);
      std::filesystem::current_path(dir.path());
      std::unique_ptr<CrashHandler> handler;
      if (has_handler) handler = std::make_unique<CrashHandler>();
      write_to_null();
    });
  };
  const Ended with = end_with(true);
  const Ended without = end_with(false);
  EXPECT_EQ(WCOREDUMP(with.status), WCOREDUMP(without.status));
  EXPECT_EQ(with.status, without.status);
}

}  // namespace
}  // namespace lathe
