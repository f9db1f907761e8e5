// SPDX-License-Identifier: MIT
//
// Refuses option values that cannot be meant.

#include "core/options_check.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "core/calendar.hpp"
#include "core/rotation_schedule.hpp"

namespace lathe {
namespace {

using std::chrono::nanoseconds;

constexpr std::size_t kThreadNameBytesMax = 15;  // the kernel's limit
constexpr unsigned kCpuMax = 1023;               // the last one that a cpu_set_t can name
constexpr unsigned kFileModeMax = 07777;
constexpr unsigned kOwnerWrite = 0200;
constexpr unsigned kOwnerUse = 0300;  // of a directory: make files in it, and reach them
constexpr std::int64_t kIntervalDaysMax = 366;

void require(bool is_good, const char* field, const std::string& reason) {
  if (!is_good) throw OptionError(field, reason);
}

// A value that was cast to an enumeration, say from a number in a file, may be none of its names.
template <typename Enum>
void check_enum(Enum value, Enum last, const char* field) {
  require(value <= last, field, "is none of the named values");
}

void check_not_negative(nanoseconds value, const char* field) {
  require(value.count() >= 0, field, "must not be negative");
}

void check_bytes(std::uint64_t value, const char* field) {
  require(value <= kOptionBytesMax, field,
          fmt::format("{} bytes is more than any file can have", value));
}

std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

void check_path(std::string_view path) {
  const char* const field = "path";
  require(!path.empty(), field, "is required");
  require(path.find('\0') == std::string_view::npos, field, "must not contain a zero byte");
  require(path.back() != '/', field, "must name a file, not a directory");
  const std::string_view base = base_name(path);
  require(base != "." && base != "..", field, "must name a file, not a directory");
  require(base.size() <= kBaseNameBytesMax, field,
          fmt::format("the file name has {} bytes, and {} leave room for the suffix of a backup",
                      base.size(), kBaseNameBytesMax));
}

// A byte count that one file must fit in; a small one means that its unit was forgotten.
void check_file_bytes(std::uint64_t value, const char* field) {
  require(value == 0 || value >= kRotationBytesMin, field,
          fmt::format("must be 0 or at least {}; is a unit missing, as in 64 * lathe::MiB?",
                      kRotationBytesMin));
  check_bytes(value, field);
}

void check_interval(nanoseconds interval) {
  const char* const field = "rotation.interval";
  check_not_negative(interval, field);
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(interval);
  require(whole == interval, field, "must be whole seconds");
  const std::int64_t seconds = whole.count();
  if (seconds == 0) return;
  require(kDaySeconds % seconds == 0 || seconds % kDaySeconds == 0, field,
          "must divide a day, or be whole days; else files could not start at the same times of "
          "each day");
  require(seconds <= kIntervalDaysMax * kDaySeconds, field,
          fmt::format("must be at most {} days", kIntervalDaysMax));
}

bool has_time_rule(const RotationOptions& rotation) {
  return rotation.interval.count() > 0 || !rotation.daily_at.empty() || !rotation.weekly_at.empty();
}

void check_rotation(const RotationOptions& rotation) {
  check_file_bytes(rotation.size_bytes_max, "rotation.size_bytes_max");
  check_interval(rotation.interval);
  if (!rotation.daily_at.empty()) {
    static_cast<void>(parse_daily("rotation.daily_at", rotation.daily_at));
  }
  if (!rotation.weekly_at.empty()) {
    static_cast<void>(parse_weekly("rotation.weekly_at", rotation.weekly_at));
  }
  require(rotation.on_open_bytes_min >= 1, "rotation.on_open_bytes_min",
          "must be at least 1: an empty file is not rotated");
  check_bytes(rotation.on_open_bytes_min, "rotation.on_open_bytes_min");
  check_enum(rotation.time_zone, TimeZone::local, "rotation.time_zone");
}

// True if neither a letter or digit nor another field touches {index} at its front, or, where the
// pattern begins with it, at its end.
bool is_index_apart(std::string_view pattern) {
  constexpr std::string_view kField = "{index}";
  const std::size_t begin = pattern.find(kField);
  if (begin == std::string_view::npos) return true;
  const std::size_t beside = begin > 0 ? begin - 1 : begin + kField.size();
  if (beside >= pattern.size()) return false;
  return std::string_view("._-+~,@#=").find(pattern[beside]) != std::string_view::npos;
}

constexpr std::chrono::hours kDay(24);

// The longest period that the rules can make.
nanoseconds longest_period(const RotationOptions& rotation) {
  nanoseconds longest = rotation.interval;
  if (!rotation.daily_at.empty()) longest = std::max<nanoseconds>(longest, kDay);
  if (!rotation.weekly_at.empty()) longest = std::max<nanoseconds>(longest, 7 * kDay);
  return longest;
}

// After check_path and check_rotation.
BackupNames check_naming(const RotatingFileOptions& options) {
  const NamingOptions& naming = options.naming;
  check_enum(naming.time_zone, TimeZone::local, "naming.time_zone");
  check_enum(naming.stamp, NameStamp::period_start, "naming.stamp");
  require(naming.stamp != NameStamp::period_start || has_time_rule(options.rotation),
          "naming.stamp",
          "a period starts by rotation.interval, daily_at or weekly_at, and none of them is set");
  BackupNames names(naming, base_name(options.path), zone_offset(naming.time_zone));
  // Retention would take another log's backups for its own.
  const auto has = [&naming](const char* field) {
    return naming.pattern.find(field) != std::string::npos;
  };
  require(has("{name}") || (has("{stem}") && has("{extension}")), "naming.pattern",
          "two logs could get one name: it needs {name}, or {stem} and {extension}");
  require(!names.is_indexed() || is_index_apart(naming.pattern), "naming.pattern",
          "{index} needs a separator beside it, such as '.': app1.log may be another log");
  return names;
}

void check_retention(const RetentionOptions& retention) {
  check_file_bytes(retention.size_bytes_max, "retention.size_bytes_max");
  check_not_negative(retention.age_max, "retention.age_max");
  check_bytes(retention.free_bytes_min, "retention.free_bytes_min");
}

void check_modes(const RotatingFileOptions& options) {
  require(options.file_mode <= kFileModeMax, "file_mode", "has bits that are no permissions");
  require((options.file_mode & kOwnerWrite) != 0, "file_mode",
          "must let the owner write, or the next run cannot continue the file");
  require(options.directory_mode <= kFileModeMax, "directory_mode",
          "has bits that are no permissions");
  require((options.directory_mode & kOwnerUse) == kOwnerUse, "directory_mode",
          "must let the owner write and search, or no file can be made in it");
}

void check_ownership(const RotatingFileOptions& options, const BackupNames& names) {
  check_enum(options.ownership, Ownership::shared, "ownership");
  if (options.ownership != Ownership::shared) return;
  require(!names.is_indexed(), "ownership",
          "shared files cannot have {index} in naming.pattern: renumbering needs one owner");
  require(!options.preallocate, "ownership",
          "shared files cannot preallocate: no process knows which of them gives back the rest");
}

}  // namespace

void check_options(const BackendOptions& options) {
  require(std::has_single_bit(options.queue_bytes) && options.queue_bytes >= 4 * KiB &&
              options.queue_bytes <= 1 * GiB,
          "queue_bytes", "must be a power of two from 4 KiB to 1 GiB");
  require(!options.crash_safe || !options.spool_directory.empty(), "spool_directory",
          "must name a directory");
  check_enum(options.overflow, Overflow::shed, "overflow");
  check_not_negative(options.block_for, "block_for");
  require(options.shed_below < Level::off, "shed_below", "must be a level that a record can have");
  check_enum(options.thread, BackendThread::manual, "thread");
  require(options.thread_name.size() <= kThreadNameBytesMax, "thread_name",
          fmt::format("must not have more than {} bytes", kThreadNameBytesMax));
  require(options.thread_name.find('\0') == std::string::npos, "thread_name",
          "must not contain a zero byte");
  require(!options.cpu || *options.cpu <= kCpuMax, "cpu",
          fmt::format("must be at most {}", kCpuMax));
  check_enum(options.level, Level::off, "level");
  require(options.record_bytes_max >= 1 * KiB && options.record_bytes_max <= 64 * MiB,
          "record_bytes_max", "must be from 1 KiB to 64 MiB");
  require(options.order_window >= nanoseconds(0) && options.order_window <= std::chrono::seconds(1),
          "order_window", "must be from 0 to 1 s");
  require(options.idle_max >= std::chrono::microseconds(50) &&
              options.idle_max <= std::chrono::seconds(1),
          "idle_max", "must be from 50 us to 1 s");
  check_not_negative(options.shutdown_timeout, "shutdown_timeout");
}

void check_options(const RotatingFileOptions& options) {
  check_path(options.path);
  check_rotation(options.rotation);
  const BackupNames names = check_naming(options);
  require(
      options.naming.stamp != NameStamp::period_start || options.retention.age_max.count() == 0 ||
          options.retention.age_max / 2 >= longest_period(options.rotation),
      "retention.age_max",
      "with naming.stamp period_start it must be at least two periods: a backup would be too old "
      "when it is made");
  check_retention(options.retention);
  check_enum(options.compression, Compression::zstd, "compression");
  require(options.keep_plain == 0 || options.compression != Compression::none, "keep_plain",
          "has no meaning without compression: all backups stay plain");
  check_not_negative(options.sync.interval, "sync.interval");
  check_bytes(options.sync.bytes_max, "sync.bytes_max");
  check_enum(options.sync.level_min, Level::off, "sync.level_min");
  require(!options.sync.wait_level || options.sync.level_min < Level::off, "sync.wait_level",
          "needs sync.level_min: the level of the calls that wait");
  require(options.sync.retain_bytes_max <= 1 * GiB, "sync.retain_bytes_max",
          "must be at most 1 GiB: it is memory");
  check_enum(options.time_zone, TimeZone::local, "time_zone");
  check_enum(options.level_min, Level::off, "level_min");
  check_modes(options);
  require(!options.preallocate || options.rotation.size_bytes_max > 0, "preallocate",
          "needs rotation.size_bytes_max: that is how much disk to take");
  check_ownership(options, names);
}

void check_options(const ConsoleOptions& options) {
  check_enum(options.level_min, Level::off, "level_min");
  check_enum(options.time_zone, TimeZone::local, "time_zone");
  check_enum(options.stream, ConsoleStream::standard_error, "stream");
  check_enum(options.colour, Colour::never, "colour");
}

}  // namespace lathe
