// SPDX-License-Identifier: MIT
//
// Every test is a loop of samples of two simulated clocks.

#include "core/stamp_calibration.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include <gtest/gtest.h>

#include "core/random.hpp"
#include "core/simulated_clocks.hpp"

namespace lathe {
namespace {

void sample(StampCalibration& calibration, const World& world, std::int64_t noise_ns = 0) {
  calibration.update(world.ticks(), world.wall_ns() + noise_ns);
}

std::int64_t error_ns(const StampCalibration& calibration, const World& world) {
  return calibration.to_wall_ns(world.ticks()) - world.wall_ns();
}

// Two samples a millisecond apart, as at start.
void start(StampCalibration& calibration, World& world) {
  sample(calibration, world);
  world.pass(kMs);
  sample(calibration, world);
}

// Samples for `seconds` and returns the largest error that was seen just before a sample.
std::int64_t run(StampCalibration& calibration, World& world, int seconds, Random* noise = nullptr,
                 std::int64_t noise_ns = 0) {
  std::int64_t worst_ns = 0;
  for (int i = 0; i < seconds; ++i) {
    for (int part = 0; part < 10; ++part) {
      world.pass(kSecondNs / 10);
      worst_ns = std::max(worst_ns, std::abs(error_ns(calibration, world)));
    }
    sample(calibration, world, noise != nullptr ? noise->between(-noise_ns, noise_ns) : 0);
  }
  return worst_ns;
}

struct Machine {
  const char* name;
  std::int64_t ticks_per_ms;
  std::int64_t drift_ppb;
  std::uint64_t first_tick;
};

const Machine kMachines[] = {
    {"nanoseconds", 1'000'000, 0, 0},
    {"nanoseconds, 50 ppm", 1'000'000, 50'000, 17},
    {"3 GHz, 50 ppm", 3'000'000, 50'000, 1'000'000'000'000},
    {"2.6 GHz, -50 ppm", 2'595'124, -50'000, (std::uint64_t{1} << 63) - 5'000'000},
    {"wraps around", 3'000'000, 20'000, UINT64_MAX - 10'000'000},
    {"100 MHz, aarch64", 100'000, 30'000, 4'242},
};

TEST(StampCalibrationTest, IsUsableAfterTwoSamplesOneMillisecondApart) {
  for (const Machine& machine : kMachines) {
    SCOPED_TRACE(machine.name);
    World world(machine.ticks_per_ms, machine.drift_ppb, machine.first_tick);
    StampCalibration calibration(world.ns_per_tick());
    start(calibration, world);
    world.pass(2 * kMs);
    EXPECT_LE(std::abs(error_ns(calibration, world)), 100);
  }
}

TEST(StampCalibrationTest, NeedsNoGoodGuess) {
  World world(3'000'000, 0, 55);
  StampCalibration calibration(1);
  start(calibration, world);
  EXPECT_LE(std::abs(error_ns(calibration, world)), 100);
  world.pass(2 * kMs);
  EXPECT_LE(std::abs(error_ns(calibration, world)), 100);
}

TEST(StampCalibrationTest, StaysWithinOneMicrosecondInTheLongRun) {
  for (const Machine& machine : kMachines) {
    SCOPED_TRACE(machine.name);
    World world(machine.ticks_per_ms, machine.drift_ppb, machine.first_tick);
    StampCalibration calibration(world.ns_per_tick());
    start(calibration, world);
    run(calibration, world, 3);
    EXPECT_LT(run(calibration, world, 100), 1'000);
  }
}

TEST(StampCalibrationTest, DoesNotAmplifyTheNoiseOfSamples) {
  Random random;
  SCOPED_TRACE(random.seed_text());
  for (const Machine& machine : kMachines) {
    SCOPED_TRACE(machine.name);
    World world(machine.ticks_per_ms, machine.drift_ppb, machine.first_tick);
    StampCalibration calibration(world.ns_per_tick());
    start(calibration, world);
    run(calibration, world, 10, &random, 200);
    EXPECT_LT(run(calibration, world, 300, &random, 200), 450);
  }
}

TEST(StampCalibrationTest, FollowsAChangeOfDriftWithinTwoIntervals) {
  World world(3'000'000, 0, 9);
  StampCalibration calibration(world.ns_per_tick());
  start(calibration, world);
  run(calibration, world, 10);
  world.set_drift(50'000);
  EXPECT_LT(run(calibration, world, 1), 51'000);
  run(calibration, world, 1);
  EXPECT_LT(run(calibration, world, 20), 1'000);
}

TEST(StampCalibrationTest, FollowsALargeChangeOfRateOnceTwoIntervalsAgree) {
  World world(3'000'000, 0, 9);
  StampCalibration calibration(world.ns_per_tick());
  start(calibration, world);
  run(calibration, world, 10);
  world.set_drift(-5'000'000);  // as after a move to another machine
  run(calibration, world, 5);
  EXPECT_LT(run(calibration, world, 20), 1'000);
}

TEST(StampCalibrationTest, TakesAForwardStepAtOnceAndKeepsTheRate) {
  World world(3'000'000, 50'000, 9);
  StampCalibration calibration(world.ns_per_tick());
  start(calibration, world);
  run(calibration, world, 10);
  for (const std::int64_t step_ns : {2 * kMs, kSecondNs, kHourNs, 365 * 24 * kHourNs}) {
    world.step(step_ns);
    world.pass(kMs);
    sample(calibration, world);
    EXPECT_LT(std::abs(error_ns(calibration, world)), 1'000) << step_ns;
    EXPECT_LT(run(calibration, world, 5), 1'000) << step_ns;
  }
}

TEST(StampCalibrationTest, WaitsAtHalfSpeedForAClockThatWasSetBack) {
  World world(3'000'000, 0, 9);
  StampCalibration calibration(world.ns_per_tick());
  start(calibration, world);
  run(calibration, world, 10);
  world.step(-10 * kSecondNs);
  world.pass(kMs);
  sample(calibration, world);
  std::int64_t last_ns = calibration.to_wall_ns(world.ticks());
  for (int i = 0; i < 19; ++i) {
    world.pass(kSecondNs);
    sample(calibration, world);
    const std::int64_t now_ns = calibration.to_wall_ns(world.ticks());
    EXPECT_NEAR(static_cast<double>(now_ns - last_ns), kSecondNs / 2.0, 1'000);
    last_ns = now_ns;
  }
  run(calibration, world, 2);
  EXPECT_LT(run(calibration, world, 5), 1'000);
}

TEST(StampCalibrationTest, WaitsAtHalfSpeedEvenForAClockThatWasSetTo1970) {
  World world(3'000'000, 0, 9);
  StampCalibration calibration(world.ns_per_tick());
  start(calibration, world);
  run(calibration, world, 10);
  world.step(-kStart);
  world.pass(kMs);
  sample(calibration, world);
  const std::int64_t before_ns = calibration.to_wall_ns(world.ticks());
  world.pass(kSecondNs);
  EXPECT_NEAR(static_cast<double>(calibration.to_wall_ns(world.ticks()) - before_ns),
              kSecondNs / 2.0, 1'000);
}

TEST(StampCalibrationTest, SlewsAStepOfLessThanAMillisecondAwayWithoutTakingItForDrift) {
  for (const std::int64_t step_ns : {900'000, -900'000}) {
    World world(3'000'000, 0, 9);
    StampCalibration calibration(world.ns_per_tick());
    start(calibration, world);
    run(calibration, world, 10);
    world.step(step_ns);
    run(calibration, world, 2);
    EXPECT_LT(run(calibration, world, 5), 1'000) << step_ns;
  }
}

TEST(StampCalibrationTest, FollowsASlowChangeOfDrift) {
  World world(3'000'000, 0, 9);
  StampCalibration calibration(world.ns_per_tick());
  start(calibration, world);
  run(calibration, world, 100);
  world.set_drift(10'000);
  run(calibration, world, 10);
  EXPECT_LT(run(calibration, world, 20), 1'000);
}

TEST(StampCalibrationTest, MeasuresTheRateOverSecondsAndNotFromOneSampleToTheNext) {
  for (const int phase : {0, 1, 2, 3}) {
    SCOPED_TRACE(phase);
    World world(3'000'000, 0, 9);
    StampCalibration calibration(world.ns_per_tick());
    sample(calibration, world, 200);
    world.pass(kMs);
    sample(calibration, world, -200);
    for (int i = 0; i < 20 + phase; ++i) {
      world.pass(kSecondNs);
      sample(calibration, world, i % 4 < 2 ? 200 : -200);
    }
    world.pass(1'000 * kSecondNs);
    EXPECT_LT(std::abs(error_ns(calibration, world)), 110'000);
  }
}

TEST(StampCalibrationTest, CatchesUpAfterAnHourBackWithoutASingleSample) {
  World world(3'000'000, 0, 9);
  StampCalibration calibration(world.ns_per_tick());
  start(calibration, world);
  run(calibration, world, 10);
  world.step(-kHourNs);
  world.pass(kMs);
  sample(calibration, world);
  world.pass(2 * kHourNs - kSecondNs);
  EXPECT_GT(error_ns(calibration, world), kSecondNs / 4);
  world.pass(kHourNs);
  EXPECT_LT(std::abs(error_ns(calibration, world)), 10'000);
}

TEST(StampCalibrationTest, StaysGoodThroughIdleHours) {
  World world(3'000'000, 50'000, 9);
  StampCalibration calibration(world.ns_per_tick());
  start(calibration, world);
  run(calibration, world, 20);
  for (int i = 0; i < 5; ++i) {
    world.pass(5 * kHourNs);
    EXPECT_LT(std::abs(error_ns(calibration, world)), 100'000);
    sample(calibration, world);
    run(calibration, world, 2);
  }
  EXPECT_LT(run(calibration, world, 10), 1'000);
}

TEST(StampCalibrationTest, RecoversWhenTheClockWasSetBetweenTheFirstTwoSamples) {
  for (const std::int64_t step_ns : {kHourNs, -kHourNs, 3 * kMs, kMs / 2, -kMs / 2}) {
    SCOPED_TRACE(step_ns);
    World world(1'000'000, 0, 9);
    StampCalibration calibration(1);
    sample(calibration, world);
    world.pass(kMs);
    world.step(step_ns);
    sample(calibration, world);
    for (std::int64_t delay_ns = 2 * kMs; delay_ns < kSecondNs; delay_ns *= 2) {
      world.pass(delay_ns);
      sample(calibration, world);
    }
    EXPECT_LT(run(calibration, world, 5), 1'000);
  }
}

TEST(StampCalibrationTest, NeverGoesBackWhateverTheClocksDo) {
  Random random;
  SCOPED_TRACE(random.seed_text());
  for (int round = 0; round < 300; ++round) {
    World world(random.between<std::int64_t>(50'000, 5'000'000), random.between(-100'000, 100'000),
                random.between<std::uint64_t>(0, UINT64_MAX));
    StampCalibration calibration(world.ns_per_tick());
    start(calibration, world);
    std::int64_t last_ns = calibration.to_wall_ns(world.ticks());
    std::uint64_t sampled_ticks = world.ticks();
    for (int i = 0; i < 200; ++i) {
      world.pass(20'000 +
                 random.between<std::int64_t>(0, std::int64_t{1} << random.between(10, 42)));
      if (random.between(0, 5) == 0) {
        const std::int64_t reach = std::int64_t{1} << random.between(10, 45);
        world.step(random.between(-reach, reach));
      }
      const std::int64_t before_ns = calibration.to_wall_ns(world.ticks());
      ASSERT_GE(before_ns, last_ns);
      // Any tick since the sample before this one.
      const std::uint64_t age = world.ticks() - sampled_ticks;
      const std::uint64_t earlier = world.ticks() - random.between<std::uint64_t>(0, age);
      const std::int64_t earlier_ns = calibration.to_wall_ns(earlier);
      sample(calibration, world, random.between(-200, 200));
      sampled_ticks = world.ticks();
      last_ns = calibration.to_wall_ns(world.ticks());
      ASSERT_GE(last_ns, before_ns) << "stepped back at a sample";
      if (earlier != world.ticks()) {
        ASSERT_EQ(calibration.to_wall_ns(earlier), earlier_ns) << "changed its mind about the past";
      }
      ASSERT_GE(calibration.to_wall_ns(world.ticks() + 1), last_ns);
    }
  }
}

TEST(StampCalibrationTest, IsMonotonicTickByTickAcrossASampleAndTheEndOfACorrection) {
  World world(3'000'000, 50'000, 9);
  StampCalibration calibration(world.ns_per_tick());
  start(calibration, world);
  run(calibration, world, 3);
  world.step(-900'000);
  world.pass(kMs);
  sample(calibration, world);
  std::int64_t last_ns = INT64_MIN;
  for (std::uint64_t i = 0; i < 9'000'000'000; i += 9'973) {
    const std::int64_t now_ns = calibration.to_wall_ns(world.ticks() - 3'000'000'000 + i);
    ASSERT_GE(now_ns, last_ns);
    last_ns = now_ns;
  }
}

TEST(StampCalibrationTest, ConvertsTicksFromSecondsBeforeTheLastSample) {
  World world(3'000'000, 50'000, 9);
  StampCalibration calibration(world.ns_per_tick());
  start(calibration, world);
  run(calibration, world, 20);
  const std::uint64_t ticks = world.ticks();
  const std::int64_t wall_ns = world.wall_ns();
  run(calibration, world, 5);
  EXPECT_LT(std::abs(calibration.to_wall_ns(ticks) - wall_ns), 1'000);
}

TEST(StampCalibrationTest, ConvertsOldTicksRoughlyWhileItWaits) {
  World world(3'000'000, 0, 9);
  StampCalibration calibration(world.ns_per_tick());
  start(calibration, world);
  run(calibration, world, 20);
  const std::uint64_t ticks = world.ticks();
  const std::int64_t wall_ns = world.wall_ns();
  world.step(-kHourNs);
  run(calibration, world, 3);
  EXPECT_LT(std::abs(calibration.to_wall_ns(ticks) - wall_ns), 2 * kSecondNs);
}

TEST(StampCalibrationTest, IgnoresSamplesThatAreTooCloseOrOutOfOrder) {
  World world(1'000'000, 0, 1'000'000);
  StampCalibration calibration(1);
  start(calibration, world);
  const std::int64_t delay_ns = calibration.next_update_delay_ns();
  calibration.update(world.ticks() + 9'000, world.wall_ns() + kHourNs);
  calibration.update(world.ticks(), world.wall_ns() + kHourNs);
  calibration.update(world.ticks() - 500'000, world.wall_ns() + kHourNs);
  EXPECT_EQ(error_ns(calibration, world), 0);
  EXPECT_EQ(calibration.next_update_delay_ns(), delay_ns);
}

TEST(StampCalibrationTest, AsksForSamplesRarelyInTheEnd) {
  World world(1'000'000, 0, 0);
  StampCalibration calibration(1);
  EXPECT_EQ(calibration.next_update_delay_ns(), kMs);
  sample(calibration, world);
  for (std::int64_t want = kMs; want < 500 * kMs; want *= 2) {
    EXPECT_EQ(calibration.next_update_delay_ns(), want);
    world.pass(want);
    sample(calibration, world);
  }
  EXPECT_EQ(calibration.next_update_delay_ns(), 500 * kMs);
}

TEST(StampCalibrationTest, SurvivesClocksAtTheEndsOfTime) {
  for (const std::int64_t wall_ns : {INT64_MIN, std::int64_t{0}, INT64_MAX}) {
    StampCalibration calibration(1);
    std::int64_t other_ns = wall_ns;
    for (std::uint64_t i = 0; i < 20; ++i) {
      calibration.update(i * 1'000'000, other_ns);
      other_ns = i % 2 == 0 ? 0 : wall_ns;
    }
    // No undefined behaviour, which UBSan would report, and still at work.
    EXPECT_GE(calibration.next_update_delay_ns(), kMs);
    EXPECT_LE(calibration.next_update_delay_ns(), 500 * kMs);
  }
}

}  // namespace
}  // namespace lathe
