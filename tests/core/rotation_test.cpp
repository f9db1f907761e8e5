// SPDX-License-Identifier: MIT

#include "core/rotation.hpp"

#include <cstdint>

#include <gtest/gtest.h>

namespace lathe {
namespace {

struct RotationCase {
  const char* name;
  std::uint64_t size_bytes_max;
  std::uint64_t size_bytes;
  std::uint64_t incoming_bytes;
  bool want;
};

TEST(RotationTest, RotatesBeforeTheRecordThatWouldExceedTheLimit) {
  const RotationCase cases[] = {
      {"fits exactly", 100, 90, 10, false},
      {"one byte too many", 100, 91, 10, true},
      {"full, and something comes", 100, 100, 1, true},
      {"full, and nothing comes", 100, 100, 0, false},
      {"oversized record into an empty file", 100, 0, 500, false},
      {"oversized record after others", 100, 1, 500, true},
      {"grown by others beyond the limit", 100, 101, 0, true},
      {"sum beyond 64 bits", 100, UINT64_MAX, UINT64_MAX, true},
      {"incoming alone near 64 bits", 100, 10, UINT64_MAX - 5, true},
      {"limit near 64 bits", UINT64_MAX, UINT64_MAX - 5, 5, false},
  };
  for (const RotationCase& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(should_rotate({.size_bytes_max = c.size_bytes_max}, {.size_bytes = c.size_bytes},
                            c.incoming_bytes),
              c.want);
  }
}

TEST(RotationTest, NeverRotatesWithoutALimit) {
  EXPECT_FALSE(should_rotate({}, {.size_bytes = UINT64_MAX}, UINT64_MAX));
}

}  // namespace
}  // namespace lathe
