// SPDX-License-Identifier: MIT

#include "os/crash_calls.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <thread>

#include "os/alternate_stack.hpp"
#include "support/temp_dir.hpp"

namespace lathe {
namespace {

TEST(CrashCallsTest, KeepsErrno) {
  errno = EDOM;
  {
    const ErrnoKeeper keeper;
    errno = ERANGE;
  }
  EXPECT_EQ(errno, EDOM);
}

TEST(CrashCallsTest, ComparesWhatAFileHoldsThatIsOpenForWriting) {
  const TempDir dir;
  const std::string text(10'000, 'a');
  dir.write("file", "12" + text + "34");
  const int file = ::open((dir / "file").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  ASSERT_GE(file, 0);
  EXPECT_EQ(holds(file, 2, text + "34"), true);
  EXPECT_EQ(holds(file, 2, text + "35"), false);
  EXPECT_EQ(holds(file, 2, text + "345"), false);  // longer than the file
  EXPECT_EQ(holds(file, 0, ""), true);
  EXPECT_EQ(holds(-1, 0, "1"), std::nullopt);
  EXPECT_EQ(write_some(file, "56"), 2u);
  const auto found = look_at_file(file);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->size_bytes, 10'006u);
  EXPECT_EQ(::close(file), 0);
  EXPECT_EQ(write_some(file, "7"), 0u);
  EXPECT_FALSE(look_at_file(file));
}

TEST(CrashCallsTest, LooksAtRegularFilesOnly) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  EXPECT_FALSE(look_at_file(ends[0]));
  EXPECT_EQ(::close(ends[0]) + ::close(ends[1]), 0);
}

TEST(CrashCallsTest, KnowsWhatComesAgain) {
  struct Case {
    const char* name;
    int signal;
    int code;
    bool want;
  };
  const Case cases[] = {{"page fault", SIGSEGV, SEGV_MAPERR, true},
                        {"missing page", SIGBUS, BUS_ADRERR, true},
                        {"memory error", SIGBUS, BUS_MCEERR_AO, false},
                        {"division", SIGFPE, FPE_INTDIV, true},
                        {"bad opcode", SIGILL, ILL_ILLOPN, true},
                        {"raise", SIGSEGV, SI_TKILL, false},
                        {"kill", SIGFPE, SI_USER, false},
                        {"abort", SIGABRT, SI_TKILL, false},
                        {"of the kernel", SIGINT, SI_KERNEL, false}};
  for (const Case& each : cases) {
    siginfo_t info{};
    info.si_signo = each.signal;
    info.si_code = each.code;
    EXPECT_EQ(comes_again(info), each.want) << each.name;
  }
}

stack_t present_stack() {
  stack_t present{};
  EXPECT_EQ(::sigaltstack(nullptr, &present), 0);
  return present;
}

TEST(AlternateStackTest, IsThereForItsLife) {
  std::thread([] {
    // A sanitizer gives each thread one of its own, and wants to find it at the end.
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    stack_t before{};
    ASSERT_EQ(::sigaltstack(&none, &before), 0);
    {
      AlternateStack stack;
      EXPECT_NE(present_stack().ss_flags & SS_DISABLE, 0);
      stack.provide(100'000);
      EXPECT_EQ(present_stack().ss_flags & SS_DISABLE, 0);
      EXPECT_GE(present_stack().ss_size, 100'000u);
    }
    EXPECT_NE(present_stack().ss_flags & SS_DISABLE, 0);
    EXPECT_EQ(::sigaltstack(&before, nullptr), 0);
  }).join();
}

TEST(AlternateStackTest, LeavesTheOneThatAThreadHas) {
  std::thread([] {
    std::array<char, 65536> own{};
    stack_t mine{};
    mine.ss_sp = own.data();
    mine.ss_size = own.size();
    ASSERT_EQ(::sigaltstack(&mine, nullptr), 0);
    {
      AlternateStack stack;
      stack.provide(100'000);
      EXPECT_EQ(present_stack().ss_sp, own.data());
    }
    EXPECT_EQ(present_stack().ss_sp, own.data());
    mine.ss_flags = SS_DISABLE;
    EXPECT_EQ(::sigaltstack(&mine, nullptr), 0);
  }).join();
}

}  // namespace
}  // namespace lathe
