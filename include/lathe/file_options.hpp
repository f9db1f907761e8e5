// SPDX-License-Identifier: MIT
//
// Options of a file that rotates: when to start a new one, how backups are named, which are kept,
// how they are packed, when it is all brought to the device.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include <lathe/level.hpp>
#include <lathe/units.hpp>

#pragma GCC visibility push(default)

namespace lathe {

enum class TimeZone : std::uint8_t { utc, local };

// When to start a new file. Triggers combine; whichever comes first. An empty file (or one that
// holds nothing but its header) is never rotated. Those that go by time fire without traffic, too.
struct RotationOptions {
  // A file never grows beyond this many bytes: rotation comes before the record that would exceed
  // it. One exception: a record longer than the limit is whole, alone in its file. Zero (default)
  // never rotates by size. Where the process has a limit of the size of its files (RLIMIT_FSIZE)
  // when the sink is made, and it is lower, that is the limit here, too.
  std::uint64_t size_bytes_max = 0;

  // At every multiple of this, counted from midnight: 1h rotates on the hour, 24h at midnight, 48h
  // every other midnight. Whole seconds that divide a day, or whole days. Zero (default): off.
  std::chrono::nanoseconds interval{0};

  // At these times of the day, such as "00:00" or "06:00,18:30". Empty (default): off.
  std::string daily_at = {};

  // At these times of the week, such as "mon 00:00" or "mon 06:00,fri 18:30". Empty: off.
  std::string weekly_at = {};

  // When the program opens the file, if it then holds at least on_open_bytes_min bytes.
  bool on_open = false;
  std::uint64_t on_open_bytes_min = 1;

  // Zone of interval, daily_at and weekly_at. Where the local clock skips a time, the rotation
  // comes at the skip; where it repeats one, only the first counts (an interval of less than a day
  // goes on in both).
  TimeZone time_zone = TimeZone::utc;
};

// Which moment the stamp in a backup's name is.
enum class NameStamp : std::uint8_t {
  rotation,      // when the file was rotated away
  period_start,  // when its period by RotationOptions began (interval, daily_at, weekly_at)
};

// Names of backups. Only names that the pattern can have made are ever pruned or compressed.
struct NamingOptions {
  // Fields: {name} is the active file's name, {stem} and {extension} its parts ("app", ".log"); one
  // or the other must be there, so that two logs have no names in common. {time:...} takes %Y %m %d
  // %H %M %S %3f %z and plain text, with at least year to second; a second backup of one moment
  // gets ".1" after the time, and so on. Or {index} instead of {time}:
  // "{name}.{index}" makes app.log.1 the newest backup and renumbers the others after each
  // rotation, at the cost of a rename for each (on the background thread).
  //   "{name}.{time:%Y%m%d_%H%M%S}"                app.log.20261122_135033 (default)
  //   "{stem}.{time:%Y%m%d_%H%M%S}{extension}"     app.20261122_135033.log
  std::string pattern = "{name}.{time:%Y%m%d_%H%M%S}";

  // Zone of {time}. Local time needs %z, since one hour a year comes twice. Where the zone's own
  // rules change (TZ is set to another), backups with offsets of the former one are left alone.
  TimeZone time_zone = TimeZone::utc;

  NameStamp stamp = NameStamp::rotation;

  // Name of a symbolic link to the newest backup, in the same directory; such as "app.log.latest".
  // Empty (default): none.
  std::string latest_link = {};
};

// Which backups to delete, oldest first. Limits combine. Applied at open and after each rotation,
// and once a minute where age_max or free_bytes_min is set; to backups of earlier runs too. Never
// deleted: the active file, any name that NamingOptions::pattern cannot have made, and a file that
// another process has open (it is looked at again after the next rotation).
struct RetentionOptions {
  // Number of backups to keep; zero (default) keeps all.
  std::uint64_t count_max = 0;

  // Bytes of all backups together, as they are on disk (compressed ones count as they are). The
  // active file is not counted. Zero: no limit.
  std::uint64_t size_bytes_max = 0;

  // Backups whose stamp is older than this go. With {index} names: those not written to for so
  // long. Zero: no limit.
  std::chrono::nanoseconds age_max{0};

  // Backups go, the oldest first, until the file system has this many bytes free, or until deleting
  // frees nothing. Zero: off.
  std::uint64_t free_bytes_min = 0;

  // When a write fails for lack of space (the disk's or a quota's), the oldest backups go, down to
  // the newest one, until it succeeds or until deleting frees nothing. At the cost of old records;
  // without it, new ones wait in their queues until somebody makes room. Means nothing to
  // prune_backups(), which writes nothing.
  bool reclaim = false;
};

// How backups are packed. Done after rotation by a thread of low priority, in pieces, into a
// temporary file that gets its name when it is whole and on the device; the plain backup goes only
// after that. What a crash interrupted is done again at the next start.
enum class Compression : std::uint8_t {
  none,
  gzip,  // app.log.20261122_135033.gz; needs a lathe that was built with zlib
  zstd,  // app.log.20261122_135033.zst; needs a lathe that was built with libzstd
};

// When to bring what was written to the device (fdatasync, and fsync of the directory where a name
// is new). Policies combine; each of them is carried out by the janitor thread, so the I/O thread
// never waits for a disk. With all off, nothing is promised beyond the kernel's own write-back.
struct SyncOptions {
  // At most this long after a write; also for a log that went quiet. Zero: off.
  std::chrono::nanoseconds interval = std::chrono::seconds(1);

  // After this many bytes were written. Zero: off.
  std::uint64_t bytes_max = 0;

  // After a record of this level or above. Level::off: never.
  Level level_min = Level::critical;

  // The log call of such a record itself waits until the record is on the device, or until it is
  // known that this failed: see last_wait_error(). Calls that wait at the same time share one
  // fdatasync, which waits for threads that have just been let go: as long as a sync takes, 1 ms at
  // most. It takes as long as the device does; while a sync hangs, so does the call. Needs
  // level_min and BackendThread::owned.
  bool wait_level = false;

  // After every batch that was written.
  bool every_batch = false;

  // Before a rotated file is closed.
  bool on_rotate = true;

  // What was written since the last sync is kept in memory, up to this many bytes (and 8 for each
  // record), to be written again to a new file when a sync fails: the kernel may have thrown it
  // away then. Beyond that it is given up, and those records are only counted and told if the sync
  // fails (Stats::records_at_risk). 4 MiB is a second of 40,000 lines. At most 1 GiB; zero: off.
  std::uint64_t retain_bytes_max = 4 * MiB;
};

// How a file is shared between processes.
enum class Ownership : std::uint8_t {
  exclusive,  // a second process gets an error that names the first
  shared,     // several processes append to one file and rotate it, each batch under a lock. All
              // must have the same path, naming and Ownership::shared; retention and compression
              // are done by one of them at a time
};

// Calls to the program when something happened to a file; `path` is the file's. They run on a
// thread of low priority, one at a time, some time after the fact. What they throw is counted and
// told; one that hangs delays compression and retention, but no record and no sync. ~Backend waits
// for the one that runs, up to shutdown_timeout: it should not wait for whoever destroys the
// backend.
struct FileHooks {
  std::function<void(const std::string& path)> on_open = {};    // the active file is a new one
  std::function<void(const std::string& path)> on_rotate = {};  // a backup has got its name
  std::function<void(const std::string& path)> on_close = {};   // a backup is synced and closed
  std::function<void(const std::string& path)> on_prune = {};   // a backup was deleted
};

// The layout that file sinks use unless told otherwise.
inline constexpr const char* kDefaultPattern =
    "{time:%Y-%m-%d %H:%M:%S.%6f} {level:<5} [{thread}] {logger} {file}:{line} {message}";

// A file that rotates. See rotating_file_sink() in sinks.hpp.
struct RotatingFileOptions {
  // The active file. Its directory is created when that directory's parent exists. Required.
  std::string path;

  RotationOptions rotation = {};
  NamingOptions naming = {};
  RetentionOptions retention = {};
  Compression compression = Compression::none;

  // With compression: this many of the newest backups stay plain.
  std::uint64_t keep_plain = 0;

  SyncOptions sync = {};

  // Layout of a line. Fields: {time:...} (strftime's conversions plus %3f %6f %9f for fractions of
  // a second), {level}, {thread}, {thread_name}, {process}, {logger}, {file} (base name), {path},
  // {line}, {message}; each but time takes fmt's fill, alignment, width and precision, and
  // {{ and }} are braces. The line end is added.
  std::string pattern = kDefaultPattern;

  // Zone of {time} in `pattern`, `header` and `footer`.
  TimeZone time_zone = TimeZone::utc;

  // Records below this level are not written here.
  Level level_min = Level::trace;

  // One record is one line: control characters in a message (C0 and DEL: \n, \r, ESC, ...) are
  // written as \n, \r, \t or \xNN. UTF-8 is left alone. Off: the message's bytes as they are.
  bool escape = true;

  // What ends a record. Set to "" where messages bring their own line ends.
  std::string line_end = "\n";

  // Lines that a new file starts with (before its first record), and that a rotated one ends with:
  // patterns as above, whose {message} is empty. They count for the size. Empty (default): none.
  std::string header = {};
  std::string footer = {};

  // Permission bits of new files, and of the directory if it is made; the process's umask applies.
  unsigned file_mode = 0640;
  unsigned directory_mode = 0755;

  // Takes rotation.size_bytes_max of disk for a file before it is used (fallocate), so that a full
  // disk is met at a rotation and not in the middle; what was not used is given back at rotation.
  bool preallocate = false;

  Ownership ownership = Ownership::exclusive;
  FileHooks hooks = {};
};

}  // namespace lathe

#pragma GCC visibility pop
