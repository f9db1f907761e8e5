// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include "os/build_id.hpp"

namespace lathe {
namespace {

int some_function() { return 7; }

TEST(BuildIdTest, FindsAFunctionAgain) {
  const void* address = reinterpret_cast<const void*>(&some_function);
  const CodePlace place = find_code(address);
  EXPECT_NE(place.offset, 0u);
  if (place.build_id == BuildId{}) GTEST_SKIP() << "this linker writes no build ids";
  EXPECT_EQ(locate_code(place), address);
}

TEST(BuildIdTest, FindsNothingForWhatIsNoCode) {
  static const int data = 7;
  EXPECT_EQ(find_code(&data).offset, 0u);
  EXPECT_EQ(find_code(nullptr).offset, 0u);
}

TEST(BuildIdTest, LocatesNothingInAnotherBuild) {
  CodePlace place = find_code(reinterpret_cast<const void*>(&some_function));
  place.build_id[0] ^= 1;
  EXPECT_EQ(locate_code(place), nullptr);
}

TEST(BuildIdTest, LocatesNothingOutsideOfTheCode) {
  CodePlace place = find_code(reinterpret_cast<const void*>(&some_function));
  place.offset = std::uint64_t{1} << 40;
  EXPECT_EQ(locate_code(place), nullptr);
  EXPECT_EQ(locate_code({}), nullptr);
}

}  // namespace
}  // namespace lathe
