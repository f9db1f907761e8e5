// SPDX-License-Identifier: MIT
//
// Names of backups: "app.log.20261122_135033", and "app.log.20261122_135033.1" for the next one in
// the same second. Pure text and calendar arithmetic, always in UTC.
// Does not know: directories, which names are taken, deletion (retention.hpp).

#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lathe {

// First and last second that a backup name can say: 1970-01-01 00:00:00 and 9999-12-31 23:59:59.
inline constexpr std::int64_t kBackupStampMin = 0;
inline constexpr std::int64_t kBackupStampMax = 253'402'300'799;

// Bytes that a backup name can be longer than its base: '.', 15 of the stamp, '.', 10 digits.
inline constexpr std::size_t kBackupSuffixBytesMax = 27;

// When a file was rotated away, and which one it was in that second. Ordered by age, oldest first.
struct BackupName {
  std::int64_t stamp_s = 0;    // seconds since 1970-01-01 UTC, kBackupStampMin to kBackupStampMax
  std::uint32_t sequence = 0;  // 0 for the first in its second

  friend auto operator<=>(const BackupName&, const BackupName&) = default;
};

// Returns the file name of a backup of `base`. `name.stamp_s` must be in its range.
[[nodiscard]] std::string make_backup_name(std::string_view base, const BackupName& name);

// The exact inverse of make_backup_name: returns nothing for every text that it would not make
// with this `base`, such as "app.log.20261122_135033.01", a 30th of February, or a ".gz".
// Whatever this refuses is not ours and is never touched.
//
// Tested by: BackupNameTest
[[nodiscard]] std::optional<BackupName> parse_backup_name(std::string_view base,
                                                          std::string_view name) noexcept;

// Returns the name for a rotation at `now_s` (seconds since 1970 UTC; brought into range), always
// later in order than `last`, also when the clock went back: then the same second, next sequence.
// Only after the very last name that can be made does it return that name again.
[[nodiscard]] BackupName next_backup_name(const std::optional<BackupName>& last,
                                          std::int64_t now_s) noexcept;

}  // namespace lathe
