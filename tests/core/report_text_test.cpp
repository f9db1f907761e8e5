// SPDX-License-Identifier: MIT

#include "core/report_text.hpp"

#include <gtest/gtest.h>

#include <cstdint>

namespace lathe {
namespace {

TEST(ReportTextTest, SaysWhatWasDroppedForHowLongAndWhy) {
  EXPECT_EQ(drop_text(1204, 13'900'000, DropCause::queue_full),
            "dropped 1,204 records in 13 ms: queue full");
  EXPECT_EQ(drop_text(1, 0, DropCause::shed),
            "dropped 1 record in 0 ns: queue above 3/4, low level");
  EXPECT_EQ(drop_text(2, 0, DropCause::no_memory), "dropped 2 records in 0 ns: no memory");
}

TEST(ReportTextTest, GroupsDigitsByThree) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(grouped(UINT64_MAX), "18,446,744,073,709,551,615");
}

TEST(ReportTextTest, GivesDurationsInTheLargestWholeUnit) {
  EXPECT_EQ(duration_text(999), "999 ns");
  EXPECT_EQ(duration_text(1'000), "1 us");
  EXPECT_EQ(duration_text(999'999), "999 us");
  EXPECT_EQ(duration_text(59'999'999'999), "59 s");
}

}  // namespace
}  // namespace lathe
