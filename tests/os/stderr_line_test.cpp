// SPDX-License-Identifier: MIT

#include "os/stderr_line.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

#include <string>

namespace lathe {
namespace {

TEST(StderrLineTest, WritesTheLineAndOneLineEnd) {
  testing::internal::CaptureStderr();
  write_stderr_line("one");
  write_stderr_line("");
  write_stderr_line(std::string(5000, 'x'));
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "one\n\n" + std::string(5000, 'x') + "\n");
}

TEST(StderrLineTest, GivesUpQuietlyWhereStderrIsClosed) {
  const int kept = ::dup(STDERR_FILENO);
  ASSERT_GE(kept, 0);
  ASSERT_EQ(::close(STDERR_FILENO), 0);
  write_stderr_line("nobody hears this");
  ASSERT_EQ(::dup2(kept, STDERR_FILENO), STDERR_FILENO);
  ASSERT_EQ(::close(kept), 0);
}

}  // namespace
}  // namespace lathe
