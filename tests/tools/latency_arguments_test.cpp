// SPDX-License-Identifier: MIT

#include "tools/latency_arguments.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "tools/arguments.hpp"

namespace lathe::tools {
namespace {

using namespace std::chrono_literals;

TEST(LatencyArgumentsTest, MeasuresTheThreeFormsByDefault) {
  const LatencyPlan plan = latency_plan({});
  ASSERT_EQ(plan.cases.size(), 3U);
  EXPECT_EQ(plan.cases[0].form, Form::formatted);
  EXPECT_EQ(plan.cases[1].form, Form::function);
  EXPECT_EQ(plan.cases[2].form, Form::deferred);
  for (const LatencyCase& each : plan.cases) {
    EXPECT_EQ(each.threads, 1U);
    EXPECT_EQ(each.overflow, Overflow::block);
    EXPECT_EQ(each.sync.options.interval, 1s);
    EXPECT_EQ(each.size_bytes_max, 0U);
    EXPECT_EQ(each.rate_per_s, 100'000U);
    EXPECT_EQ(each.text_bytes, 0U);
  }
  EXPECT_EQ(plan.calls_max, kRecordsDefault);
  EXPECT_EQ(plan.duration_max, kDurationDefault);
  EXPECT_EQ(plan.queue_bytes, 256 * KiB);
}

TEST(LatencyArgumentsTest, OneLimitReplacesBothDefaults) {
  const LatencyPlan counted = latency_plan({.records = "500"});
  EXPECT_EQ(counted.calls_max, 500U);
  EXPECT_EQ(counted.duration_max, 0s);
  const LatencyPlan timed = latency_plan({.duration = "10s"});
  EXPECT_EQ(timed.calls_max, 0U);
  EXPECT_EQ(timed.duration_max, 10s);
  const LatencyPlan both = latency_plan({.records = "500", .duration = "10s"});
  EXPECT_EQ(both.calls_max, 500U);
  EXPECT_EQ(both.duration_max, 10s);
}

TEST(LatencyArgumentsTest, CombinesAllValuesOfAllLists) {
  const LatencyPlan plan = latency_plan({.threads = "1-3,8",
                                         .form = "deferred,formatted",
                                         .overflow = "block,drop_newest,shed",
                                         .sync = "never,every",
                                         .size = "never,1M",
                                         .rate = "0,5000",
                                         .message = "numbers,text"});
  EXPECT_EQ(plan.cases.size(), 4U * 2 * 3 * 2 * 2 * 2 * 2);
  std::set<std::tuple<unsigned, Form, Overflow, std::string, std::uint64_t, std::uint64_t,
                      std::uint64_t>>
      seen;
  for (const LatencyCase& c : plan.cases) {
    seen.insert(
        {c.threads, c.form, c.overflow, c.sync.name, c.size_bytes_max, c.rate_per_s, c.text_bytes});
  }
  EXPECT_EQ(seen.size(), plan.cases.size());
}

TEST(LatencyArgumentsTest, TurnsNamesOfSyncPoliciesIntoOptions) {
  const auto options = [](const char* text) {
    return latency_plan({.form = "formatted", .sync = text}).cases.front().sync.options;
  };
  EXPECT_EQ(options("250ms").interval, 250ms);
  EXPECT_TRUE(options("250ms").on_rotate);
  EXPECT_EQ(options("bytes=4M").bytes_max, 4 * MiB);
  EXPECT_EQ(options("level").level_min, Level::info);
  EXPECT_TRUE(options("every").every_batch);
  EXPECT_TRUE(options("rotate").on_rotate);
  const SyncOptions never = options("never");
  EXPECT_EQ(never.interval, 0s);
  EXPECT_EQ(never.bytes_max, 0U);
  EXPECT_EQ(never.level_min, Level::off);
  EXPECT_FALSE(never.every_batch);
  EXPECT_FALSE(never.on_rotate);
  for (const char* other : {"bytes=4M", "level", "every", "rotate"}) {
    EXPECT_EQ(options(other).interval, 0s) << other;
  }
}

TEST(LatencyArgumentsTest, RefusesTooManyCombinations) {
  EXPECT_EQ(latency_plan({.threads = "1-250", .form = "formatted,deferred"}).cases.size(), 500U);
  EXPECT_THROW((void)latency_plan({.threads = "1-251", .form = "formatted,deferred"}),
               ArgumentError);
}

TEST(LatencyArgumentsTest, TakesOnlyCpusThatItMayUse) {
  EXPECT_THROW((void)latency_plan({.cpu = "99999"}), ArgumentError);
  EXPECT_THROW((void)latency_plan({.cpu = "1000"}), ArgumentError);
  EXPECT_THROW((void)latency_plan({.cpu = ""}), ArgumentError);
}

}  // namespace
}  // namespace lathe::tools
