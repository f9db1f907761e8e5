// SPDX-License-Identifier: MIT

#include "engine/janitor.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace lathe {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

class JanitorTest : public ::testing::TestWithParam<bool> {
 protected:
  // Runs until `count` events came; a missing one shows as a test that times out.
  void run_until(std::size_t count) {
    while (events_.size() < count) {
      if (!janitor_.run()) {
        signal_.wait(1h);
      }
    }
  }

  WakeSignal signal_;
  Texts events_;
  Janitor janitor_{WorkKind::prompt, GetParam(), signal_,
                   [this](const char* what) { events_.push_back(std::string("threw ") + what); }};
};

TEST_P(JanitorTest, RunsWorksInOrderAndTheirCompletionsOnTheCallersThread) {
  const std::thread::id here = std::this_thread::get_id();
  for (int i = 0; i < 100; ++i) {
    janitor_.post([this, i, here] {
      return [this, i, here] {
        EXPECT_EQ(std::this_thread::get_id(), here);
        events_.push_back(std::to_string(i));
      };
    });
  }
  run_until(100);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(events_[static_cast<std::size_t>(i)], std::to_string(i));
  }
}

TEST_P(JanitorTest, TellsOfAWorkThatThrowsAndGoesOn) {
  janitor_.post([]() -> std::function<void()> { throw std::runtime_error("no such file"); });
  janitor_.post([this] { return [this] { events_.push_back("next"); }; });
  run_until(2);
  EXPECT_EQ(events_, (Texts{"threw no such file", "next"}));
}

TEST_P(JanitorTest, RunsAllThatWasPostedBeforeItStops) {
  std::atomic<int> works{0};
  for (int i = 0; i < 50; ++i) {
    janitor_.post([&works] {
      works.fetch_add(1, std::memory_order_relaxed);
      return std::function<void()>();
    });
  }
  janitor_.stop();
  (void)janitor_.run();
  EXPECT_EQ(works.load(), 50);
}

TEST_P(JanitorTest, RunsWhatIsPostedAfterItHasStopped) {
  janitor_.stop();
  janitor_.post([this] { return [this] { events_.push_back("late"); }; });
  run_until(1);
  EXPECT_EQ(events_, Texts{"late"});
}

TEST_P(JanitorTest, KnowsItsOwnThread) {
  EXPECT_FALSE(janitor_.is_this_thread());
  janitor_.post([this] {
    const bool is_own = janitor_.is_this_thread();
    return [this, is_own] { events_.push_back(is_own ? "own" : "the caller's"); };
  });
  run_until(1);
  EXPECT_EQ(events_, Texts{GetParam() ? "own" : "the caller's"});
}

TEST_P(JanitorTest, HasNothingToDoAtFirst) { EXPECT_FALSE(janitor_.run()); }

INSTANTIATE_TEST_SUITE_P(Threads, JanitorTest, ::testing::Bool(), [](const auto& parameter) {
  return parameter.param ? "OwnThread" : "NoThread";
});

}  // namespace
}  // namespace lathe
