// SPDX-License-Identifier: MIT
//
// CommitGroup: when the log calls that wait for the device are brought there, as one group. Pure:
// is told the time.

#pragma once

#include <algorithm>
#include <cstdint>

namespace lathe {

// Who has just been answered mostly comes back at once with the next record. A sync that began with
// the first of them would leave the others to the next one; so the group waits until as many are
// there as have been, for as long as a sync takes at most. A thread that is alone waits for nobody.
//
// Threads:   thread-compatible
// Tested by: CommitGroupTest
class CommitGroup {
 public:
  // Longest wait, however slow the device is: threads that do nothing else are back in less.
  static constexpr std::int64_t kPatienceMaxNs = 1'000'000;

  // A group was answered: `answered` calls go on, `waiting` others are there for the next one; the
  // sync took `took_ns`.
  void note_answer(std::uint64_t answered, std::uint64_t waiting, std::int64_t took_ns,
                   std::int64_t now_ns) noexcept {
    expected_ = answered + waiting;
    until_ns_ = now_ns + std::clamp(took_ns, std::int64_t{0}, kPatienceMaxNs);
  }

  // How many calls make a group that need not wait for more.
  [[nodiscard]] std::uint64_t expected(std::int64_t now_ns) const noexcept {
    return now_ns < until_ns_ ? expected_ : 1;
  }

  // When whoever is there by then is the group.
  [[nodiscard]] std::int64_t until_ns() const noexcept { return until_ns_; }

 private:
  std::uint64_t expected_ = 1;
  std::int64_t until_ns_ = INT64_MIN;
};

}  // namespace lathe
