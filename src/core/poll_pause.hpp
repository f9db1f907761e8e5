// SPDX-License-Identifier: MIT
//
// PollPause: how long the I/O thread pauses between two looks at the queues.
// Does not know: threads, clocks, queues.

#pragma once

#include <algorithm>
#include <cstdint>

namespace lathe {

// What a look at the queues found.
enum class PollFound : std::uint8_t {
  nothing,
  little,  // the fullest queue has room for many times as much
  much,    // it should not be left alone for twice as long
};

// Each pause is twice as long as the one before, until a look finds much: then half as long. So a
// thread that logs now and then is not watched as closely as one that fills its queue: a look is a
// wake-up of the I/O thread and a small write, and takes a cache line from the producer.
// Producers end a pause themselves when a queue is half full.
//
// Threads:   thread-compatible
// Tested by: PollPauseTest
class PollPause {
 public:
  // Long enough that a producer's cache line is not stolen at every record (which was measured to
  // quadruple the cost of a log call), short against any reader.
  static constexpr std::int64_t kMinNs = 50'000;

  // Longest one while records come. Arbitrary: readers of a log do not notice it. (With 50 us, a
  // program that logs three records every 200 us was measured to pay 39 us of processor time each
  // time, not 7.)
  static constexpr std::int64_t kActiveMaxNs = 1'000'000;

  // `idle_max_ns` is the longest one when nothing comes; at least kMinNs.
  explicit PollPause(std::int64_t idle_max_ns) noexcept
      : idle_max_ns_(idle_max_ns), active_max_ns_(std::min(idle_max_ns, kActiveMaxNs)) {}

  // The pause after a look, in ns.
  [[nodiscard]] std::int64_t after(PollFound found) noexcept {
    const std::int64_t pause_ns = next_ns_;
    switch (found) {
      case PollFound::nothing:
        next_ns_ = std::min(2 * pause_ns, idle_max_ns_);
        return pause_ns;
      case PollFound::little:
        next_ns_ = std::min(2 * pause_ns, active_max_ns_);
        return std::min(pause_ns, active_max_ns_);
      case PollFound::much:
        break;
    }
    next_ns_ = std::max(std::min(pause_ns, active_max_ns_) / 2, kMinNs);
    return next_ns_;
  }

  // More came than one look could take: whatever pause is next, it is the shortest.
  void restart() noexcept { next_ns_ = kMinNs; }

 private:
  std::int64_t idle_max_ns_;
  std::int64_t active_max_ns_;
  std::int64_t next_ns_ = kMinNs;
};

}  // namespace lathe
