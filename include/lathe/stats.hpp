// SPDX-License-Identifier: MIT
//
// Stats: what a Backend tells about itself.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <lathe/histogram.hpp>
#include <lathe/level.hpp>

#pragma GCC visibility push(default)

namespace lathe {

// Why a record was refused at the queue.
enum class DropCause : std::uint8_t {
  queue_full,  // drop_newest, or block_for passed
  shed,        // Overflow::shed, below shed_below
  no_memory,   // no memory for the thread's queue or for a large record
};
inline constexpr std::size_t kDropCauseCount = 3;

// Counters since the Backend was made. At any rest point (nothing being logged, after flush()):
//
//   offered == records_accepted + records_dropped
//   records_accepted == records_written + records_queued + records_lost
//
//   records_durable <= records_written
//
// Records that lathe makes itself (reports of drops and failures) are in none of them.
//
// Three of them are watermarks, which never go back: accepted (would not survive a kill), written
// (survives the end of the process), durable (survives a power cut). A record is durable when every
// sink that can tell (SinkStats::records_durable) has had an fdatasync succeed that began after the
// write, on the descriptor that wrote it, and an fsync of the directory if the name was new. The
// watermark may lag behind by a batch where a file is rotated, and by a step of the backend.
struct Stats {
  std::uint64_t records_accepted = 0;  // a log call put them in a queue
  std::uint64_t records_written =
      0;  // every sink has handed them to the kernel, or failed for good
  std::uint64_t records_durable = 0;  // on the device, with all before them: see below
  std::uint64_t records_queued = 0;   // accepted, not yet written
  std::uint64_t records_lost = 0;     // accepted, and no sink could write them
  std::uint64_t records_dropped = 0;  // refused at the queue: the sum of `dropped`
  std::uint64_t records_late = 0;     // written after a record with a later time stamp
  std::uint64_t sink_failures = 0;    // calls of a sink that failed or threw

  // Refused records by level and cause: dropped[level][cause].
  std::array<std::array<std::uint64_t, kDropCauseCount>, kLevelCount> dropped{};

  // Crash safety: see BackendOptions::crash_safe.
  bool crash_safe = false;                  // records in queues survive the end of the process
  std::uint64_t queues_not_crash_safe = 0;  // threads' queues that found no room for that, so far
  std::uint64_t records_recovered = 0;      // of earlier processes, written when this one began

  std::uint64_t bytes_written = 0;  // by sinks that count them
  std::uint64_t batches = 0;
  std::uint64_t rotations = 0;
  std::uint64_t rotation_errors = 0;
  std::uint64_t prunes = 0;  // backups deleted
  std::uint64_t prune_errors = 0;
  std::uint64_t compressions = 0;          // backups packed
  std::uint64_t compression_errors = 0;    // a backup stayed plain
  std::uint64_t compressions_pending = 0;  // backups that wait to be packed, as last seen
  std::uint64_t hook_errors = 0;           // hooks that threw
  std::uint64_t write_errors = 0;
  std::uint64_t syncs = 0;
  std::uint64_t sync_errors = 0;
  std::uint64_t wait_errors = 0;      // log calls that waited for a sync which did not succeed
  std::uint64_t records_at_risk = 0;  // whose sync failed, and that could not be written again
  std::uint64_t producers = 0;        // threads with a queue now
  std::uint64_t queue_high_water_bytes = 0;  // fullest that a queue was seen

  // In nanoseconds.
  Histogram residence_ns;  // log call to written, one record of each batch
  Histogram write_ns;      // all sinks' write() and flush() of one batch
  Histogram sync_ns;       // one fdatasync with its directory fsync
  Histogram rotation_ns;   // the I/O thread's stall in one rotation
};

}  // namespace lathe

#pragma GCC visibility pop
