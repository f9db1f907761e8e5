// SPDX-License-Identifier: MIT
//
// Names of backups: "app.log.20261122_135033", and "app.log.20261122_135033.1" for the next one of
// the same moment. Pure text and calendar arithmetic.
// Does not know: directories, which names are taken, deletion (retention.hpp).

#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <lathe/file_options.hpp>

#include "core/calendar.hpp"
#include "core/name_pattern.hpp"

namespace lathe {

// Longest name that a Linux file system takes.
inline constexpr std::size_t kFileNameBytesMax = 255;

// Most bytes that follow the {time} text or {index}, and stand around a name while it is being
// made: ".4294967295", ".zst"; ".", ".tmp".
inline constexpr std::size_t kBackupExtraBytesMax = 11 + 4 + 1 + 4;

// First and last moment that a backup name can say: 1970-01-01 00:00:00 and the end of year 9999.
inline constexpr std::int64_t kBackupStampMsMin = 0;
inline constexpr std::int64_t kBackupStampMsMax = 253'402'300'799'999;

// When a file was rotated away, and which one it was at that moment. Ordered by age, oldest first.
struct BackupName {
  std::int64_t stamp_ms = 0;   // milliseconds since 1970-01-01 UTC; whole seconds without %3f
  std::uint32_t sequence = 0;  // 0 for the first of its moment

  friend auto operator<=>(const BackupName&, const BackupName&) = default;
};

// One file that is a backup.
struct BackupFile {
  BackupName name = {};
  std::uint32_t index = 0;  // with {index}: 1 is the newest; 0: a stamped name, not renumbered yet
  Compression packed = Compression::none;

  friend bool operator==(const BackupFile&, const BackupFile&) = default;
};

// True if `a` is older. Of indexed names the higher index; stamped ones are younger than those.
[[nodiscard]] bool is_older(const BackupFile& a, const BackupFile& b) noexcept;

// The names of one log's backups: a compiled NamingOptions::pattern.
//
// With {index}, a rotation gives a stamped name by the default pattern all the same, and
// renumbering makes it index 1 later: so a crash or a slow renumbering loses no order.
//
// Threads:   thread-safe after construction
// Errors:    the constructor throws OptionError "naming.pattern: ...": unknown field, with its
//            position; two rotations that could get one name (no year, no second, neither {time}
//            nor {index}, local time without %z); a slash; a name that would be the active file's
//            own, one of lathe's hidden files, or too long for a file system. And
//            "naming.latest_link: ..." for a link that is no plain name or not free for it
// Tested by: BackupNameTest
class BackupNames {
 public:
  // `active` is the name of the active file, without its directory. `offset` gives the local
  // zone; only used where `options` ask for local time.
  BackupNames(const NamingOptions& options, std::string_view active, ZoneOffset offset);

  [[nodiscard]] bool is_indexed() const noexcept;

  // What a rotation makes. `name.stamp_ms` must be in its range.
  [[nodiscard]] std::string make(const BackupName& name) const;

  // Any backup file, with its index and its ".gz" or ".zst". An index needs a pattern with {index};
  // what has one does not say its stamp any more: parse gives it back with an empty `name`.
  [[nodiscard]] std::string make(const BackupFile& file) const;

  // The exact inverse of make: nothing for every text that it would not make, such as a 30th of
  // February or ".01". Whatever this refuses is not ours and is never touched.
  [[nodiscard]] std::optional<BackupFile> parse(std::string_view name) const;

  // The name for a rotation at `now_ms` (milliseconds since 1970 UTC; brought into range and to the
  // pattern's resolution), always later in order than `last`, also when the clock went back: then
  // the same moment, next sequence. Only after the very last name that can be made does it return
  // that name again.
  [[nodiscard]] BackupName next(const std::optional<BackupName>& last,
                                std::int64_t now_ms) const noexcept;

  // Name of the file in which `file` is made: "." + make(file) + ".tmp". And its inverse.
  [[nodiscard]] std::string make_temporary(const BackupFile& file) const;
  [[nodiscard]] std::optional<BackupFile> parse_temporary(std::string_view name) const;

 private:
  void check_names(std::string_view active) const;
  void check_lengths() const;
  void check_link(std::string_view link, std::string_view active) const;

  [[nodiscard]] bool is_ours(std::string_view name) const;
  [[nodiscard]] std::int64_t offset_min(std::int64_t utc_s) const;
  [[nodiscard]] std::optional<BackupFile> parse_stamped(std::string_view text) const;
  [[nodiscard]] std::optional<BackupFile> parse_indexed(std::string_view text) const;

  // Constant after construction.
  NamePattern stamped_;                 // has a stamp
  std::optional<NamePattern> indexed_;  // has an index
  ZoneOffset offset_;                   // empty: UTC
  std::int64_t resolution_ms_;
};

}  // namespace lathe
