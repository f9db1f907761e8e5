// SPDX-License-Identifier: MIT
//
// Every option of lathe, in one place: meaning, unit, default, consequence.
//
// All are aggregates: write `{.path = "logs/app.log", .sync = {.interval = 5s}}`. They are checked
// where they are used (Backend's constructor, the sink factories), which throw OptionError with
// the field's name; nothing is half-made by then.

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include <lathe/file_options.hpp>
#include <lathe/level.hpp>
#include <lathe/units.hpp>

#pragma GCC visibility push(default)

namespace lathe {

// What a log call does when its thread's queue has no room.
enum class Overflow : std::uint8_t {
  block,        // wait for room (on a futex, not in a spin); with block_for, drop after that long
  drop_newest,  // drop this record and count it
  shed,         // above 3/4 full, drop records below shed_below; block for the others
};

// Who drives the backend.
enum class BackendThread : std::uint8_t {
  owned,   // the Backend starts one I/O thread and one janitor thread
  manual,  // nobody: the program calls step(); file work of the janitor happens inside it. With
           // `block`, a full queue waits for a step of another thread: log less between two steps,
           // or choose drop_newest
};

struct BackendOptions {
  // Bytes of each producer thread's queue. A power of two from 4 KiB to 1 GiB. A small queue that
  // stays in the L2 cache is faster than a large one; a large one rides out longer disk stalls.
  std::uint64_t queue_bytes = 256 * KiB;

  Overflow overflow = Overflow::block;

  // With `block` and `shed`: longest wait for room; then the record is dropped and counted.
  // Zero (default) waits for ever.
  std::chrono::nanoseconds block_for{0};

  // With `shed`: records below this level are dropped first.
  Level shed_below = Level::warn;

  // Whether records in queues survive a process that is killed or crashes: the queues are in a file
  // in `spool_directory` then, and the next backend that opens the same log file writes them, each
  // once (`lathe recover` does it without one). Costs a log call nothing, and about 0.6 MiB beside
  // the queues. Only rotating file sinks take part: without one there is no such file. Where it
  // cannot be made, the backend does without it and says so (Stats::crash_safe, and stderr).
  bool crash_safe = true;

  // Where that file is: an existing directory on a file system in memory. It survives a process,
  // not a reboot.
  std::string spool_directory = "/dev/shm";

  BackendThread thread = BackendThread::owned;

  // Name of the I/O thread as `top -H` shows it; at most 15 bytes.
  std::string thread_name = "lathe-io";

  // CPU to pin the I/O thread to; by default it may run anywhere.
  std::optional<unsigned> cpu = std::nullopt;

  // Level that a new logger has until set_level().
  Level level = Level::info;

  // Longest message that arrives whole. A longer one is cut there and ends with a note of how many
  // bytes are missing. From 1 KiB to 64 MiB.
  std::uint64_t record_bytes_max = 1 * MiB;

  // Records of different threads are written in the order of their time stamps as long as no
  // thread takes longer than this between reading the clock and handing the record over. Later
  // ones are written late and counted (Stats::records_late). It is also how long a record is held
  // back when several threads log. From 0 to 1 s.
  std::chrono::nanoseconds order_window = std::chrono::milliseconds(1);

  // Longest pause of an idle I/O thread, hence the longest time until a lone record is written.
  // Pauses double from 50 us to this; while records come, to 1 ms, and they are halved again while
  // a queue fills. From 50 us to 1 s: 50 us has records written soonest, at the price of up to a
  // sixth of a core. After a second without any record the thread sleeps longer, and the next
  // record wakes it.
  std::chrono::nanoseconds idle_max = std::chrono::milliseconds(10);

  // How long ~Backend tries to write what is queued when a sink refuses it, and how long it waits
  // for a call that does not come back (see there). What is not written by then is counted as lost
  // and told on stderr. As long as records are written, it waits for all of them.
  std::chrono::nanoseconds shutdown_timeout = std::chrono::seconds(10);
};

enum class Colour : std::uint8_t {
  automatic,  // on a terminal, unless the environment has NO_COLOR (not empty) or TERM=dumb
  always,
  never,
};

enum class ConsoleStream : std::uint8_t { standard_output, standard_error };

// Standard output or standard error. See console_sink() in sinks.hpp.
struct ConsoleOptions {
  Level level_min = Level::trace;
  std::string pattern = "{time:%H:%M:%S.%3f} {level:<8} {logger} {message}";
  TimeZone time_zone = TimeZone::local;
  ConsoleStream stream = ConsoleStream::standard_error;
  Colour colour = Colour::automatic;
  bool escape = true;  // as in RotatingFileOptions
};

}  // namespace lathe

#pragma GCC visibility pop
