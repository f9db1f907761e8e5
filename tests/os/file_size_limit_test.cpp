// SPDX-License-Identifier: MIT

#include "os/file_size_limit.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace lathe {
namespace {

constexpr std::uint64_t kLimit = std::uint64_t{1} << 40U;  // no test writes so much

class FileSizeLimitTest : public ::testing::Test {
 protected:
  FileSizeLimitTest() { EXPECT_EQ(::getrlimit(RLIMIT_FSIZE, &before_), 0); }
  ~FileSizeLimitTest() override { EXPECT_EQ(::setrlimit(RLIMIT_FSIZE, &before_), 0); }

  void set(rlim_t limit) const {
    const rlimit changed{.rlim_cur = limit, .rlim_max = before_.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &changed), 0);
  }

 private:
  rlimit before_{};
};

TEST_F(FileSizeLimitTest, TheLowerOneCounts) {
  set(kLimit);

  EXPECT_EQ(within_file_size_limit(kLimit + 1), kLimit);
  EXPECT_EQ(within_file_size_limit(kLimit - 1), kLimit - 1);
  EXPECT_EQ(within_file_size_limit(0), kLimit) << "zero is no limit";
}

TEST_F(FileSizeLimitTest, WithoutOneOfTheSystemOursIsLeftAsItIs) {
  set(RLIM_INFINITY);

  EXPECT_EQ(within_file_size_limit(0), 0U);
  EXPECT_EQ(within_file_size_limit(kLimit), kLimit);
}

}  // namespace
}  // namespace lathe
