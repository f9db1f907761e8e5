// SPDX-License-Identifier: MIT

#include "core/poll_pause.hpp"

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace lathe {
namespace {

constexpr std::int64_t kIdleMaxNs = 10'000'000;

std::vector<std::int64_t> pauses_us(PollPause& pause, PollFound found, int count) {
  std::vector<std::int64_t> pauses;
  for (int i = 0; i < count; ++i) pauses.push_back(pause.after(found) / 1000);
  return pauses;
}

TEST(PollPauseTest, DoublesUpToTheLongestWhileNothingComes) {
  PollPause pause(kIdleMaxNs);
  EXPECT_EQ(pauses_us(pause, PollFound::nothing, 10),
            (std::vector<std::int64_t>{50, 100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000}));
}

TEST(PollPauseTest, DoublesUpToAMillisecondWhileLittleComes) {
  PollPause pause(kIdleMaxNs);
  EXPECT_EQ(pauses_us(pause, PollFound::little, 7),
            (std::vector<std::int64_t>{50, 100, 200, 400, 800, 1000, 1000}));
}

TEST(PollPauseTest, GetsShorterWhileAQueueFills) {
  PollPause pause(kIdleMaxNs);
  (void)pauses_us(pause, PollFound::little, 7);
  EXPECT_EQ(pauses_us(pause, PollFound::much, 6),
            (std::vector<std::int64_t>{500, 250, 125, 62, 50, 50}));
  EXPECT_EQ(pauses_us(pause, PollFound::little, 3), (std::vector<std::int64_t>{50, 100, 200}));
}

TEST(PollPauseTest, TheFirstRecordsAfterAQuietTimeAreFollowedByAMillisecondAtMost) {
  PollPause pause(kIdleMaxNs);
  (void)pauses_us(pause, PollFound::nothing, 20);
  PollPause other = pause;
  EXPECT_EQ(pauses_us(pause, PollFound::little, 2), (std::vector<std::int64_t>{1000, 1000}));
  EXPECT_EQ(pauses_us(other, PollFound::much, 2), (std::vector<std::int64_t>{500, 250}));
}

TEST(PollPauseTest, BeginsAnewWhenMoreCameThanOneLookCouldTake) {
  PollPause pause(kIdleMaxNs);
  (void)pauses_us(pause, PollFound::little, 7);
  pause.restart();
  EXPECT_EQ(pauses_us(pause, PollFound::little, 2), (std::vector<std::int64_t>{50, 100}));
}

TEST(PollPauseTest, IsNeverLongerThanTheLongestThatIsAskedFor) {
  PollPause pause(PollPause::kMinNs);
  for (const PollFound found : {PollFound::nothing, PollFound::little, PollFound::much}) {
    EXPECT_EQ(pauses_us(pause, found, 3), (std::vector<std::int64_t>{50, 50, 50}));
  }
}

}  // namespace
}  // namespace lathe
