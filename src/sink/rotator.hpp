// SPDX-License-Identifier: MIT
//
// Rotator: puts a fresh file in the place of the active one, by two renames.
// Does not know: when to rotate, records, what becomes of the old file.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/backup_name.hpp"
#include "sink/log_place.hpp"

namespace lathe {

// How the active name stands to a file that we have open.
enum class Standing : std::uint8_t {
  ours,      // the name is that file's
  missing,   // moved away or deleted by somebody
  replaced,  // another regular file has the name
  refused,   // a directory, a link, ... has the name: nothing that we would write to
  unknown,   // it could not be looked at
};

struct StandingResult {
  Standing standing = Standing::unknown;
  FileStatus status = {};  // of what has the name, unless missing or unknown
  Failure failure = {};    // of refused and unknown
};

[[nodiscard]] StandingResult look_at_active(const LogPlace& place, const LogFile& file);

// Makes the file that the next rotation will put in place, with blocks for `preallocate_bytes`
// (0: none). Runs on the janitor thread, too. Fails if the name is taken, which may be by
// ourselves, when the rotation was faster. With a file and a failure, the file is good but has no
// blocks.
[[nodiscard]] LogFileResult prepare_next(const LogPlace& place, std::uint64_t preallocate_bytes);

// The sequence, and what the directory holds after each step:
//
//   0                                  app.log = old    .app.log.next = fresh
//   1  app.log   -> app.log.<stamp>    backup = old     .app.log.next = fresh
//   2  .app.log.next -> app.log        backup = old     app.log = fresh
//
// No rename replaces anything. If 2 fails, 1 is taken back; if that fails too, the caller goes on
// with the old file under its backup name, finds the active name missing, and makes it anew.
// LogPlace::repair puts right what a crash leaves.
//
// Threads:   thread-compatible
// Tested by: RotatingFileSinkTest, RotatingFileSinkFaultTest
class Rotator {
 public:
  // Names to try when they are taken, which only happens to names that somebody made since the
  // directory was scanned. Arbitrary.
  static constexpr int kNamesMax = 100;

  // `last` is the youngest backup; new ones come after it, whatever the clock says.
  Rotator(std::shared_ptr<const LogPlace> place, std::optional<BackupName> last)
      : place_(std::move(place)), last_(last) {}

  // Takes what prepare_next() made; lets go of it at once if a rotation was faster and has used
  // that file by its name: one more descriptor, and a backup would look as if it were written to.
  void keep_next(std::shared_ptr<LogFile> next) {
    next_ = std::move(next);
    if (!is_next_good()) next_ = nullptr;
  }
  [[nodiscard]] bool has_next() const noexcept { return next_ != nullptr; }

  // Rotates; the active name must be ours. The backup's name says `stamp_ns` (wall clock). Returns
  // the fresh file, open and in place. On a failure the caller keeps writing to the old file.
  [[nodiscard]] LogFileResult rotate(std::int64_t stamp_ns);

  // The name that the last successful rotation gave.
  [[nodiscard]] std::string last_backup() const;

  // Others may have rotated: names that they gave count, too. Reads the directory.
  [[nodiscard]] Failure look_for_others();

  // Closes and removes a next file that was not used.
  [[nodiscard]] Failure remove_next();

 private:
  [[nodiscard]] LogFileResult take_next();
  [[nodiscard]] bool is_next_good() const;
  [[nodiscard]] Failure move_active_away(std::int64_t stamp_ns, BackupName& backup);

  std::shared_ptr<const LogPlace> place_;  // constant after construction
  std::optional<BackupName> last_;
  std::shared_ptr<LogFile> next_;
};

}  // namespace lathe
