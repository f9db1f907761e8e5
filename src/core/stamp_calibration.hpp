// SPDX-License-Identifier: MIT
//
// Turns the ticks that producers stamp records with into wall-clock time.
// Pure: the caller reads both clocks, as close together as it can, and passes the pair in.

#pragma once

#include <cstdint>

namespace lathe {

// A line from ticks to wall-clock nanoseconds that is bent a little at every sample.
//
//   * Time never goes back: at a sample, the new line starts where the old one was. A tick before
//     the last sample converts as it did before that sample.
//   * Errors up to kJumpNs are removed by running a little faster or slower until the next sample
//     is due, then at the measured rate: without samples, the time stays as good as that rate.
//   * A wall clock that was set forward by more than kJumpNs is followed at once.
//   * A wall clock that was set back is waited for at half speed: an hour back takes two hours.
//
// Noise of the samples shows up once, not multiplied, since the rate is measured over 4 to 8 s.
// The first second is coarser: 200 ns of noise in both of two samples 1 ms apart are 400 ppm.
//
// Threads:   thread-compatible
// Cost:      to_wall_ns is one comparison or two and one 64 x 64 bit multiplication
// Tested by: StampCalibrationTest
class StampCalibration {
 public:
  // A wall clock that is ahead of us by more than this was set, not drifting.
  static constexpr std::int64_t kJumpNs = 1'000'000;

  // Parts of real speed at which time runs while it waits for the wall clock: 1/2.
  static constexpr std::int64_t kSlewDivisor = 2;

  // `ns_per_tick` is a guess, used until the second sample; 1 for ticks that are nanoseconds. It
  // must be positive and within a factor of 16 of the truth, and between 2^-10 and 2^9.
  explicit StampCalibration(double ns_per_tick) noexcept;

  // Takes a sample: the tick count and the wall clock at the same moment. Samples that are not at
  // least 10 us later than the one before are ignored. What was converted before the second sample
  // was a guess: if the guess was bad, all times change there, once.
  void update(std::uint64_t ticks, std::int64_t wall_ns) noexcept;

  // Returns the wall-clock time of `ticks`, in nanoseconds since 1970 UTC. Says nothing before the
  // first sample. Ticks wrap around: anything within 2^63 of the last sample is before or after it.
  [[nodiscard]] std::int64_t to_wall_ns(std::uint64_t ticks) const noexcept {
    return static_cast<std::int64_t>(ticks - current_.base_ticks) >= 0 ? current_.at(ticks)
                                                                       : previous_.at(ticks);
  }

  // Nanoseconds from the last sample to the time when the next is wanted: 1 ms at first, then
  // doubling up to 500 ms. A later one does no harm.
  [[nodiscard]] std::int64_t next_update_delay_ns() const noexcept { return delay_ns_; }

 private:
  __extension__ using Wide = __int128;

  // Binary digits after the point of a rate. With 48, a rate that is as exact as it can be is off
  // by less than a nanosecond a day.
  static constexpr int kRateShift = 48;

  // Nanoseconds per tick in units of 2^-kRateShift.
  using Rate = std::int64_t;

  // From base_ticks on at slew_rate for slew_ticks, then at rate; before base_ticks at rate.
  struct Line {
    std::uint64_t base_ticks = 0;
    std::int64_t base_ns = 0;
    Rate rate = 0;
    Rate slew_rate = 0;
    std::int64_t slew_ticks = 0;
    std::int64_t slew_ns = 0;

    [[nodiscard]] std::int64_t at(std::uint64_t ticks) const noexcept {
      const auto delta = static_cast<std::int64_t>(ticks - base_ticks);
      if (delta >= 0 && delta < slew_ticks) return sum(base_ns, scale(delta, slew_rate));
      if (delta < 0) return sum(base_ns, scale(delta, rate));
      return sum(sum(base_ns, slew_ns), scale(delta - slew_ticks, rate));
    }
  };

  struct Sample {
    std::uint64_t ticks = 0;
    std::int64_t wall_ns = 0;
  };

  [[nodiscard]] static std::int64_t scale(std::int64_t ticks, Rate rate) noexcept {
    return static_cast<std::int64_t>((static_cast<Wide>(ticks) * rate) >> kRateShift);
  }
  // Wraps around at the ends of time, three centuries off, where a sum would be undefined.
  [[nodiscard]] static std::int64_t sum(std::int64_t a, std::int64_t b) noexcept {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  }
  [[nodiscard]] static Rate rate_between(const Sample& from, const Sample& to) noexcept;

  void restart_at(const Sample& now) noexcept;
  void measure_rate(const Sample& now) noexcept;
  void move_baseline(const Sample& now) noexcept;
  [[nodiscard]] std::int64_t error_at(const Sample& now) const noexcept;
  [[nodiscard]] Line line_from(const Sample& now, std::int64_t error_ns) const noexcept;

  // Constant after construction.
  Rate rate_min_;
  Rate rate_max_;

  Line current_;
  Line previous_;  // the line before the last sample, for ticks before it

  Rate rate_;               // measured, or the guess
  Rate interval_rate_ = 0;  // over the last interval alone; 0 if there was none
  Sample last_;
  Sample baseline_;       // rate_ is measured from here to the last sample
  Sample baseline_next_;  // takes over when baseline_ is too old
  std::int64_t delay_ns_;
  std::uint32_t samples_ = 0;  // 0, 1, or 2 for "two or more"
};

}  // namespace lathe
