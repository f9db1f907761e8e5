// SPDX-License-Identifier: MIT
//
// The queue as a log call sees it: the record, and the few words that say where it goes. Programs
// name nothing of this.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>

#include <lathe/level.hpp>
#include <lathe/stamp_counter.hpp>

#pragma GCC visibility push(default)

namespace lathe {

// What a record's payload is.
enum class RecordKind : std::uint8_t {
  text,        // the formatted message
  packed,      // arguments as bytes; the site knows the function that formats them
  heap_text,   // pointer and length of a large message
  drops,       // a report of refused records
  spool_text,  // where in the spool a large message is, and its length
};

// A record in a producer queue: this header, then the payload. Records start at multiples of 8, so
// a header's words are never split.
struct RecordHeader {
  std::uint32_t size_bytes;  // header and payload, without the padding to a multiple of 8
  std::uint32_t site;        // number of the place, from register_site or find_site
  std::uint64_t stamp;       // ticks of Clock::stamp()
  std::uint32_t logger;      // number of the logger in its backend
  Level level;
  RecordKind kind;
  std::uint16_t unused;
};
static_assert(sizeof(RecordHeader) == 24);

// What a Logger points to. Lives until the process ends, so that a Logger is always safe to call.
struct LoggerState {
  // No backend; no slot of a thread ever holds it.
  static constexpr std::uint64_t kNoBackend = UINT64_MAX;

  // Advisory: a thread that reads it late logs a record more or less; hence relaxed.
  std::atomic<Level> level;
  std::atomic<std::uint32_t> number{0};  // in its backend; relaxed, goes with backend_id
  // Relaxed: a thread that reads an old one finds its old queue, which it keeps alive itself.
  std::atomic<std::uint64_t> backend_id{kNoBackend};
};

// What a log call looks at of the calling thread's queue: constant, or that thread's own. In one
// cache line, since the first call after a pause finds nothing in the cache; what it needs once in
// a few thousand calls is in the next one.
struct QueueFront {
  std::byte* next = nullptr;   // where the next record goes; followed by room for it, in one piece
  std::byte* limit = nullptr;  // a record that would end beyond this needs a look at the queue
  std::uintptr_t origin = 0;   // next - origin: bytes ever pushed
  // Ever; edge Q: see ByteQueue. On a line that the reader reads, so nothing is read there: a load
  // would wait until that line has come back for the store before it.
  std::atomic<std::uint64_t>* pushed_bytes = nullptr;
  std::atomic<std::uint64_t> accepted{0};  // records; single writer, relaxed: statistics
  Level wait_level = Level::off;           // calls of this level or above wait for their record
  bool stamp_is_counter = false;
  bool owes_report = false;  // of refused records, before the next one
  // The backend sleeps deeply: whoever pushes wakes it. Relaxed: the backend sets it, orders itself
  // with all threads, and looks at the queues once more; where that is not to be had, a record of
  // that very moment waits for the end of the sleep (BackendCore::kDeepSleepNs).
  std::atomic<bool> is_reader_asleep{false};

  const std::atomic<std::uint64_t>* released_bytes = nullptr;  // ever, by the reader; edge P
  std::byte* ring_end = nullptr;                               // from here on it is the mirror
  std::size_t ring_bytes = 0;
  std::size_t record_bytes_max = 0;  // a longer record, header and all, must come by submit()
};
static_assert(offsetof(QueueFront, is_reader_asleep) < 64);  // in the line of each call

// The queue that this thread used last for a backend.
struct QueueSlot {
  std::uint64_t backend_id;
  QueueFront* front;
};

// A thread that logs to more backends than this in turn pays a look-up at some calls. 128 bytes in
// all: a shared library that is loaded late gets only about 1 KiB of this fastest kind of memory.
inline constexpr std::size_t kQueueSlots = 8;

// Trivial and constant-initialised, so that reading it is one instruction: no guard, no call.
extern constinit thread_local QueueSlot queue_slots[kQueueSlots]
    __attribute__((tls_model("initial-exec")));

// What is put behind a record to make it a multiple of 8.
inline constexpr std::size_t kRecordPadding = 7;

inline void leave_mirror(QueueFront& queue) noexcept {
  if (queue.next >= queue.ring_end) {
    queue.next -= queue.ring_bytes;
    queue.origin -= queue.ring_bytes;
  }
}

// Looks at the queue and moves the limit on, up to where the backend is to be woken: half a queue.
// Returns true if `bytes` may be written now. Here, not in the library: each page of code and data
// that no call has been at for a while takes longer than all of this.
[[nodiscard]] inline bool renew_limit(QueueFront& queue, std::size_t bytes) noexcept {
  const std::uint64_t pushed = reinterpret_cast<std::uintptr_t>(queue.next) - queue.origin;
  const std::size_t used = pushed - queue.released_bytes->load(std::memory_order_acquire);  // A:P
  const std::size_t half = queue.ring_bytes / 2;
  if (used >= half || queue.owes_report) {
    return false;
  }
  leave_mirror(queue);
  const std::size_t budget = half - used;
  queue.limit = queue.next + (budget < queue.record_bytes_max ? budget : queue.record_bytes_max);
  return bytes <= static_cast<std::size_t>(queue.limit - queue.next);
}

// The calling thread's queue for `logger`'s backend. Null on the thread's first call, for a level
// that waits, and without a backend.
[[nodiscard]] inline QueueFront* find_queue(const LoggerState& logger, Level level) noexcept {
  const std::uint64_t backend_id = logger.backend_id.load(std::memory_order_relaxed);  // see there
  const QueueSlot& slot = queue_slots[backend_id % kQueueSlots];
  const bool is_usual = slot.backend_id == backend_id && level < slot.front->wait_level;
  return is_usual ? slot.front : nullptr;
}

// The same if a record of up to `size_bytes` may be written there in place, to be finished by
// submit_in_place(). Null where the limit has to be looked at first, too.
[[nodiscard]] inline QueueFront* find_room(const LoggerState& logger, Level level,
                                           std::size_t size_bytes) noexcept {
  QueueFront* const queue = find_queue(logger, level);
  if (queue == nullptr) [[unlikely]] {
    return nullptr;
  }
  const std::uintptr_t end = reinterpret_cast<std::uintptr_t>(queue->next) + size_bytes;
  const bool is_room = end + kRecordPadding <= reinterpret_cast<std::uintptr_t>(queue->limit);
  return is_room ? queue : nullptr;
}

// Looks at the limit. True if find_room() finds room now; else the record must come by submit().
[[nodiscard]] inline bool renew_room(const LoggerState& logger, Level level,
                                     std::size_t size_bytes) noexcept {
  QueueFront* const queue = find_queue(logger, level);
  return queue != nullptr && renew_limit(*queue, size_bytes + kRecordPadding);
}

// The rest of a push that the usual call has no use for.
void submit_by_clock(const LoggerState& logger, QueueFront& queue, std::size_t size_bytes,
                     std::uint32_t site, Level level, RecordKind kind) noexcept;
void wake_backend(const QueueFront& queue) noexcept;

// Lets the backend read the `bytes` at queue.next: a multiple of 8.
inline void publish_bytes(QueueFront& queue, std::size_t bytes) noexcept {
  std::byte* const next = queue.next + bytes;
  queue.next = next;
  queue.pushed_bytes->store(reinterpret_cast<std::uintptr_t>(next) - queue.origin,
                            std::memory_order_release);                       // R:Q
  if (queue.is_reader_asleep.load(std::memory_order_relaxed)) [[unlikely]] {  // see there
    wake_backend(queue);
  }
}

// The same for a record, which is counted; before the push, so that nobody sees more written than
// accepted.
inline void publish_record(QueueFront& queue, std::size_t bytes) noexcept {
  queue.accepted.store(queue.accepted.load(std::memory_order_relaxed) + 1,  // single writer
                       std::memory_order_relaxed);                          // statistics
  publish_bytes(queue, bytes);
}

// Puts the header before the payload that lies at queue.next + sizeof(RecordHeader), and publishes
// the record; `size_bytes` is of both. Nothing may be logged by this thread in between.
inline void submit_stamped(const LoggerState& logger, QueueFront& queue, std::size_t size_bytes,
                           std::uint32_t site, Level level, RecordKind kind,
                           std::uint64_t stamp) noexcept {
  // Not by way of a copy on the stack: its narrow stores, loaded again in wide pieces, would have
  // to leave the processor's store buffer first. What pads a record keeps the queue's old bytes.
  new (queue.next) RecordHeader{.size_bytes = static_cast<std::uint32_t>(size_bytes),
                                .site = site,
                                .stamp = stamp,
                                .logger = logger.number.load(std::memory_order_relaxed),  // above
                                .level = level,
                                .kind = kind,
                                .unused = 0};
  publish_record(queue, (size_bytes + kRecordPadding) & ~kRecordPadding);
}

inline void submit_in_place(const LoggerState& logger, QueueFront& queue, std::size_t size_bytes,
                            std::uint32_t site, Level level, RecordKind kind) noexcept {
  // What is called here is called last: so a caller that calls nothing else saves no registers.
  if (!queue.stamp_is_counter) [[unlikely]] {
    submit_by_clock(logger, queue, size_bytes, site, level, kind);
    return;
  }
  submit_stamped(logger, queue, size_bytes, site, level, kind, read_stamp_counter());
}

}  // namespace lathe

#pragma GCC visibility pop
