// SPDX-License-Identifier: MIT
//
// When to bring written bytes to the device.

#include "core/sync_policy.hpp"

#include <algorithm>

namespace lathe {
namespace {

constexpr std::int64_t add_saturating(std::int64_t now_ns, std::int64_t delay_ns) noexcept {
  return now_ns > SyncPolicy::kNever - delay_ns ? SyncPolicy::kNever : now_ns + delay_ns;
}

constexpr std::uint64_t add_saturating(std::uint64_t a, std::uint64_t b) noexcept {
  return a + b < a ? UINT64_MAX : a + b;
}

}  // namespace

SyncPolicy::SyncPolicy(const SyncOptions& options) noexcept : options_(options) {}

void SyncPolicy::note_write(std::uint64_t bytes, Level level_max, std::int64_t now_ns) noexcept {
  if (bytes == 0) return;
  const bool first = unsynced_bytes_ == 0;
  unsynced_bytes_ = add_saturating(unsynced_bytes_, bytes);

  // Counted from the first unsynced write, not the last: a steady trickle must not put it off.
  if (first && options_.interval.count() > 0) {
    due_ns_ = add_saturating(now_ns, options_.interval.count());
  }

  const bool by_bytes = options_.bytes_max > 0 && unsynced_bytes_ >= options_.bytes_max;
  const bool by_level = level_max >= options_.level_min;  // no record is at Level::off
  if (by_level && options_.wait_level) {
    due_ns_ = std::min(due_ns_, add_saturating(now_ns, kUnaskedNs));
  } else if (by_level) {
    due_ns_ = std::min(due_ns_, now_ns);
  }
  if (options_.every_batch || by_bytes) due_ns_ = std::min(due_ns_, now_ns);
}

void SyncPolicy::note_sync_start() noexcept {
  unsynced_bytes_ = 0;
  due_ns_ = kNever;
}

}  // namespace lathe
