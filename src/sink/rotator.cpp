// SPDX-License-Identifier: MIT

#include "sink/rotator.hpp"

#include <fmt/format.h>

#include <utility>

namespace lathe {
namespace {

constexpr std::int64_t kNanosecondsPerMillisecond = 1'000'000;

// Whole milliseconds, rounded down also before 1970.
std::int64_t to_milliseconds(std::int64_t wall_ns) noexcept {
  const std::int64_t milliseconds = wall_ns / kNanosecondsPerMillisecond;
  return wall_ns % kNanosecondsPerMillisecond < 0 ? milliseconds - 1 : milliseconds;
}

std::string rename_step(const std::string& from, const std::string& to) {
  return fmt::format("rename {} to {}", from, to);
}

}  // namespace

StandingResult look_at_active(const LogPlace& place, const LogFile& file) {
  const std::string& name = place.names().active;
  const StatusResult found = place.directory().status(name);
  if (found.error == std::errc::no_such_file_or_directory) return {.standing = Standing::missing};
  if (found.error) return {.failure = {found.error, "stat " + name}};
  StandingResult result{.status = found.status};
  if (found.status.is_same_file(file.identity)) {
    result.standing = Standing::ours;
  } else if (found.status.kind == FileKind::regular) {
    result.standing = Standing::replaced;
  } else {
    result.standing = Standing::refused;
    result.failure = {std::make_error_code(std::errc::invalid_argument),
                      fmt::format("{} has become {}", name, kind_text(found.status.kind))};
  }
  return result;
}

LogFileResult prepare_next(const LogPlace& place, std::uint64_t preallocate_bytes) {
  LogFileResult made = place.open(place.names().next, OpenMode::create_new);
  if (made.failure || preallocate_bytes == 0) return made;
  const std::error_code error = made.log_file->file->preallocate(preallocate_bytes);
  // Where there is no such call, the file system decides when a block is taken; that is no news.
  if (error && error != std::errc::not_supported) {
    made.failure = {error, "preallocate " + place.names().next};
  }
  return made;
}

// Somebody may have removed or replaced it since it was made, ourselves included: where the
// janitor was late, take_next() has opened and used the same file by its name.
bool Rotator::is_next_good() const {
  if (next_ == nullptr) return false;
  const StatusResult found = place_->directory().status(place_->names().next);
  return !found.error && found.status.is_same_file(next_->identity) &&
         found.status.size_bytes == 0 && found.status.links == 1;
}

LogFileResult Rotator::take_next() {
  if (is_next_good()) return {.log_file = std::exchange(next_, nullptr)};
  next_ = nullptr;  // closed unchecked: nothing was written to it
  LogFileResult opened = place_->open(place_->names().next, OpenMode::append_or_create);
  if (opened.failure) return opened;
  const FileStatus& found = opened.log_file->identity;
  if (found.size_bytes != 0 || found.links != 1) {
    return {.failure = {std::make_error_code(std::errc::file_exists),
                        place_->names().next + " is not empty or has a second name"}};
  }
  return opened;
}

Failure Rotator::move_active_away(std::int64_t stamp_ns, BackupName& backup) {
  const std::string& active = place_->names().active;
  std::optional<BackupName> after = last_;
  Failure failure;
  for (int tries = 0; tries < kNamesMax; ++tries) {
    backup = place_->backups().next(after, to_milliseconds(stamp_ns));
    after = backup;
    const std::string name = place_->backups().make(backup);
    const std::error_code error = place_->directory().rename_exclusive(active, name);
    if (!error) return {};
    failure = {error, rename_step(active, name)};
    if (error != std::errc::file_exists) return failure;
  }
  return failure;
}

std::string Rotator::last_backup() const {
  return last_ ? place_->backups().make(*last_) : std::string();
}

Failure Rotator::look_for_others() {
  LastBackup found = place_->find_last_backup();
  if (found.name && (!last_ || *found.name > *last_)) last_ = found.name;
  return std::move(found.failure);
}

LogFileResult Rotator::rotate(std::int64_t stamp_ns) {
  const LogNames& names = place_->names();
  LogFileResult fresh = take_next();
  if (fresh.failure) return fresh;
  BackupName backup;
  if (Failure failure = move_active_away(stamp_ns, backup)) {
    next_ = std::move(fresh.log_file);
    return {.failure = std::move(failure)};
  }
  const std::error_code error = place_->directory().rename_exclusive(names.next, names.active);
  if (!error) {
    last_ = backup;
    return fresh;
  }
  next_ = std::move(fresh.log_file);
  Failure failure{error, rename_step(names.next, names.active)};
  const std::string name = place_->backups().make(backup);
  const std::error_code back = place_->directory().rename_exclusive(name, names.active);
  if (back) {
    last_ = backup;
    failure.step += fmt::format(" (and back from {}: {})", name, back.message());
  }
  return {.failure = std::move(failure)};
}

Failure Rotator::remove_next() {
  if (next_ == nullptr) return {};
  const bool is_good = is_next_good();
  const std::error_code closed = std::exchange(next_, nullptr)->file->close();
  if (is_good) {
    const std::error_code error = place_->directory().remove(place_->names().next);
    if (error) return {error, "remove " + place_->names().next};
  }
  if (closed) return {closed, "close " + place_->names().next};
  return {};
}

}  // namespace lathe
