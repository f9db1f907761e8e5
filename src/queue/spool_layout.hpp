// SPDX-License-Identifier: MIT
//
// What a spool file holds. Both sides include this: the process that logs (spool.hpp) and the one
// that finds the file when the first is gone (engine/spool_reader.hpp).

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "queue/byte_queue.hpp"

namespace lathe {

// A spool is a header page range and chunks behind it, all in whole pages:
//
//   | SpoolHeader: what, whose, clock, table of chunks | notes | pass log | sink | producer | ...
//
//   notes     texts that records refer to by number: places, loggers, sinks
//   pass log  which records the drain has taken out of the queues, in order
//   sink      a FileJournal and the block of lines that it speaks of
//   producer  a page with the queue's indices and its thread, then the queue's ring
//   large     messages that are too large for a queue
//
// Nothing in it is an address. Numbers are written by one thread at a time (the mutex of Spool, the
// backend thread, a producer for its queue), and what is published by a counter is written before
// the counter: a process that is killed has stored everything up to some instruction, in order.
//
// A change of anything here, or of what it is made of, changes kSpoolVersion.
inline constexpr std::uint32_t kSpoolVersion = 1;
inline constexpr std::array<char, 16> kSpoolMagic{"lathe spool\n"};

// Prefix of the names of all spools; then user, process, backend and a time, and the suffix.
inline constexpr char kSpoolPrefix[] = "lathe-";
inline constexpr char kSpoolSuffix[] = ".spool";

// Threads with a queue at one time, or freed by threads of other sizes; more have queues of their
// own memory. Bounds the header to 100 KiB.
inline constexpr std::size_t kSpoolChunksMax = 4096;

enum class ChunkKind : std::uint32_t { unused, notes, pass_log, sink, producer, large };

struct SpoolChunk {
  std::uint64_t offset;  // bytes, from the beginning of the file
  std::uint64_t bytes;
  ChunkKind kind;
  std::uint32_t unused;
};

// Bytes for a copy of the drain's StampCalibration, which this layer does not know.
inline constexpr std::size_t kCalibrationBytesMax = 512;

struct SpoolHeader {
  std::array<char, 16> magic;
  std::uint32_t version;
  std::uint32_t header_bytes;
  std::uint64_t build;  // of what else has to be alike: see spool_build()
  std::uint32_t process_id;
  std::uint32_t calibration_bytes;
  std::int64_t created_ns;  // wall clock

  // The clock: two copies, written in turn. Edge C: R set_calibration(), A the reader.
  std::atomic<std::uint64_t> calibrations;  // so many were written; the last is at [(n - 1) % 2]
  alignas(16) std::array<std::array<std::byte, kCalibrationBytesMax>, 2> calibration;

  // Edge K: chunks in use. R add_chunk(), A the reader.
  std::atomic<std::uint64_t> chunk_count;
  std::array<SpoolChunk, kSpoolChunksMax> chunks;
};

// The first page of a producer's chunk: the indices at its beginning, then this.
struct ProducerNote {
  std::uint64_t serial;
  std::uint32_t thread_id;
  std::array<char, 20> thread_name;  // ends with a NUL
};
inline constexpr std::size_t kProducerNoteOffset = sizeof(QueueIndices);

// A chunk of notes: this, then one note behind the other, each at a multiple of 8.
struct NotesHeader {
  std::atomic<std::uint64_t> used_bytes;  // edge O: R add_note(), A the reader; with this header
};
enum class NoteKind : std::uint32_t { site, logger, sink };
struct NoteHeader {
  std::uint32_t bytes;  // with this header, without padding
  NoteKind kind;
  std::uint64_t checksum;  // of what follows: it names code that will be called
};

// FNV-1a: finds damage, not intent; whoever may write the file may do all that we may.
[[nodiscard]] constexpr std::uint64_t note_checksum(std::span<const std::byte> bytes) noexcept {
  std::uint64_t sum = 0xcbf29ce484222325;
  for (const std::byte each : bytes) {
    sum = (sum ^ static_cast<std::uint64_t>(each)) * 0x100000001b3;
  }
  return sum;
}

// The payload of a note is one of these and then its texts, one behind the other.
struct SiteNote {
  std::uint32_t number;
  std::uint32_t line;
  std::uint32_t path_bytes;
  std::uint32_t format_bytes;
  std::uint64_t decode_offset;  // of the function that formats, in its object file; 0: none
  std::array<std::uint8_t, 20> build_id;  // of that object file; zeros: not known
  std::uint32_t unused;
};
struct LoggerNote {
  std::uint32_t number;
  std::uint32_t name_bytes;
};

// A log of what the drain has taken out of the queues, in the order in which sinks get it.
struct PassEntry {
  std::uint32_t chunk;   // of the producer; from QueueMemory::kPrivateFirst on: in no spool
  std::uint32_t offset;  // of the record in its ring, bytes
};
struct PassLogHeader {
  // Edge P: what is in a pass, and how far it is. R PassLog, A the reader.
  std::atomic<std::uint64_t> state;  // pass * 2, + 1 once all of it is written
  std::atomic<std::uint64_t> count;  // entries of the pass
};
// Longest pass. 16,384 records of 100 bytes are 1.6 MB, several times what the queues of a few
// threads give in one pass; more threads get more passes. 128 KiB.
inline constexpr std::size_t kPassEntriesMax = 16'384;

// Processes that agree on this number lay out the same things in the same way.
[[nodiscard]] std::uint64_t spool_build() noexcept;

}  // namespace lathe
