// SPDX-License-Identifier: MIT
//
// Which backups to delete.

#include "core/retention.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

namespace lathe {
namespace {

constexpr std::int64_t kMillisecondNs = 1'000'000;

// One backup: its plain file, its packed one, or both. A part of the sorted listing.
struct Group {
  std::size_t begin;
  std::size_t end;
  std::uint64_t size_bytes;
};

std::uint64_t add_saturated(std::uint64_t a, std::uint64_t b) noexcept {
  return a > std::numeric_limits<std::uint64_t>::max() - b
             ? std::numeric_limits<std::uint64_t>::max()
             : a + b;
}

bool is_same_backup(const BackupFile& a, const BackupFile& b) noexcept {
  return a.index == b.index && a.name == b.name;
}

// Oldest first; the forms of one backup beside each other, in one order.
std::vector<Group> sort_and_group(std::vector<Backup>& backups) {
  std::sort(backups.begin(), backups.end(), [](const Backup& a, const Backup& b) {
    if (is_same_backup(a.file, b.file)) return a.file.packed < b.file.packed;
    return is_older(a.file, b.file);
  });
  std::vector<Group> groups;
  for (std::size_t i = 0; i < backups.size(); ++i) {
    if (groups.empty() || !is_same_backup(backups[i].file, backups[i - 1].file)) {
      groups.push_back({i, i, 0});
    }
    groups.back().end = i + 1;
    groups.back().size_bytes = add_saturated(groups.back().size_bytes, backups[i].size_bytes);
  }
  return groups;
}

// How many of the oldest groups have to go so that the others have at most `size_bytes_max`.
std::size_t count_beyond_size(const std::vector<Group>& groups, std::uint64_t size_bytes_max) {
  std::uint64_t kept_bytes = 0;
  for (std::size_t i = groups.size(); i > 0; --i) {
    kept_bytes = add_saturated(kept_bytes, groups[i - 1].size_bytes);
    if (kept_bytes > size_bytes_max) return i;
  }
  return 0;
}

// Tells what is from before a moment: the first of all if there is no limit.
class AgeLimit {
 public:
  AgeLimit(const RetentionOptions& options, std::int64_t now_ns) noexcept {
    const std::int64_t age_ns = options.age_max.count();
    // A long age before a clock that stands before 1970 may be out of range: no limit, then.
    if (age_ns > 0 && now_ns >= begin_ns_ + age_ns) begin_ns_ = now_ns - age_ns;
  }

  [[nodiscard]] bool is_too_old(const Backup& backup) const noexcept {
    if (backup.file.index > 0) return backup.modified_ns < begin_ns_;
    // In milliseconds, since the last stamps are beyond what 64 bits hold of nanoseconds.
    const std::int64_t begin_ms =
        begin_ns_ / kMillisecondNs + (begin_ns_ % kMillisecondNs > 0 ? 1 : 0);
    return backup.file.name.stamp_ms < begin_ms;
  }

 private:
  std::int64_t begin_ns_ = std::numeric_limits<std::int64_t>::min();
};

}  // namespace

bool needs_status(const RetentionOptions& options, bool is_indexed) noexcept {
  return options.size_bytes_max > 0 || options.free_bytes_min > 0 ||
         (options.age_max.count() > 0 && is_indexed);
}

std::vector<PruneChoice> backups_to_prune(std::vector<Backup> backups,
                                          const RetentionOptions& options,
                                          const RetentionView& view) {
  const std::vector<Group> groups = sort_and_group(backups);
  const std::size_t beyond_count = options.count_max > 0 && groups.size() > options.count_max
                                       ? groups.size() - options.count_max
                                       : 0;
  const std::size_t beyond_size =
      options.size_bytes_max > 0 ? count_beyond_size(groups, options.size_bytes_max) : 0;
  const AgeLimit age(options, view.now_ns);

  std::uint64_t freed_bytes = 0;
  const auto reason_for = [&](std::size_t i) -> std::optional<PruneReason> {
    if (i < beyond_count) return PruneReason::count;
    if (i < beyond_size) return PruneReason::size;
    const auto first = backups.begin() + static_cast<std::ptrdiff_t>(groups[i].begin);
    const auto last = backups.begin() + static_cast<std::ptrdiff_t>(groups[i].end);
    // Every form of it: a packed file that has lost its old time is not mourned with the plain one.
    if (std::all_of(first, last, [&](const Backup& b) { return age.is_too_old(b); })) {
      return PruneReason::age;
    }
    const bool is_short =
        view.free_bytes && add_saturated(*view.free_bytes, freed_bytes) < options.free_bytes_min;
    return is_short ? std::optional(PruneReason::free_space) : std::nullopt;
  };

  std::vector<PruneChoice> choices;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const auto reason = reason_for(i);
    if (!reason) continue;
    freed_bytes = add_saturated(freed_bytes, groups[i].size_bytes);
    for (std::size_t j = groups[i].begin; j < groups[i].end; ++j) {
      choices.push_back({backups[j], *reason});
    }
  }
  return choices;
}

const char* reason_text(PruneReason reason) noexcept {
  switch (reason) {
    case PruneReason::count:
      return "count_max";
    case PruneReason::size:
      return "size_bytes_max";
    case PruneReason::age:
      return "age_max";
    case PruneReason::free_space:
      break;
  }
  return "free_bytes_min";
}

}  // namespace lathe
