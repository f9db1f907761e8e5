// SPDX-License-Identifier: MIT
//
// Producer: one thread's queue to one backend, and what happens when it is full.

#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <lathe/format.hpp>
#include <lathe/options.hpp>
#include <lathe/record.hpp>
#include <lathe/stats.hpp>

#include "os/clock.hpp"
#include "queue/byte_queue.hpp"
#include "queue/durable_waits.hpp"
#include "queue/queue_memory.hpp"
#include "queue/signal.hpp"

namespace lathe {

// What all producers of one backend share. Outlives the backend as long as a thread refers to it.
struct QueueShared {
  // `spool_` may be null: then queues are in memory that ends with the process.
  QueueShared(const BackendOptions& options_, const Clock& clock_, Level wait_level_ = Level::off,
              std::shared_ptr<Spool> spool_ = nullptr);

  // Constant after construction.
  const BackendOptions options;
  const Clock& clock;
  const bool clock_is_counter;         // stamp() may be read as a bare instruction
  const std::uint64_t heap_bytes_max;  // bound of heap_bytes
  const Level wait_level;              // calls of this level or above wait for their record
  std::shared_ptr<Spool> spool;        // until the backend has found that nobody would read it

  // Shared.
  WakeSignal signal;
  DurableWaits waits;
  // Bytes of large records on their way. Given back by the drain before it wakes producers (edge
  // B); the rest is relaxed: a bound on memory, it orders nothing.
  std::atomic<std::uint64_t> heap_bytes{0};
  // Records refused because there was no memory for their thread's queue, by level. Relaxed:
  // statistics.
  std::array<std::atomic<std::uint64_t>, kLevelCount> without_queue{};
  // Queues that the spool had no memory for. Relaxed: statistics.
  std::atomic<std::uint64_t> queues_outside_spool{0};
  // The kernel's number of the thread that empties the queues: it must never wait for room.
  // Relaxed: set before anything can be logged on that thread.
  std::atomic<std::uint32_t> backend_thread{0};
  // As QueueFront::is_reader_asleep, for queues that the backend does not know yet; on a line that
  // is hardly ever written, too.
  alignas(128) std::atomic<bool> sleeps_deeply{false};

  // The backend takes no more. Set before all producers are woken (edge B).
  alignas(128) std::atomic<bool> closed{false};

  void wake_from_deep_sleep() noexcept {
    if (sleeps_deeply.load(std::memory_order_relaxed)) [[unlikely]] {  // see there
      signal.wake();
    }
  }
};

// Where a record goes that is larger than the queue should carry: a block on the heap, or of the
// spool.
struct HeapText {
  char* text;
  std::uint64_t size_bytes;
};
struct SpoolText {
  std::uint64_t offset;  // see Spool::add_large
  std::uint64_t size_bytes;
};

// Payload of RecordKind::drops.
struct DropReport {
  std::uint64_t count;
  std::uint64_t first_stamp;
  std::uint64_t last_stamp;
  DropCause cause;
};

// One thread's bounded queue and its accounts.
//
// A push looks at one thing: the limit up to which bytes may be pushed until the queue needs a
// look. When it is reached, the slow path reads how far the backend is, wakes it if the queue is
// half full, and applies the overflow policy. So the usual push neither reads what the backend
// writes, nor wakes anybody.
//
//   0            1/2                3/4             full
//   |--------------|------------------|---------------|
//      budget runs   wake the backend   shed: drop      block: wait; drop_newest: drop
//      to here       once, go on        low levels
//
// Edges: B  blocked producer  R/A: exchanges of waiting_ on both sides; whoever comes second sees
//                             what the first one did before
//        T  thread ended      R: retire()              A: is_retired()
//        D  refused records   R: note_drop()           A: take_drop_report()
//        Q, P                 see byte_queue.hpp
//
// Threads:   the banners below say whose a function is
// Lifetime:  shared by its thread and the backend's registry; the last one frees it
// Tested by: ProducerTest, BackendStressTest
class Producer : public QueueFront {
 public:
  // Throws std::system_error or std::bad_alloc.
  Producer(std::shared_ptr<QueueShared> shared, std::uint64_t serial, std::uint32_t thread_id,
           std::string thread_name);
  ~Producer();
  Producer(const Producer&) = delete;
  Producer& operator=(const Producer&) = delete;

  // Makes a drained, retired producer that nobody else refers to ready for another thread.
  void reuse(std::uint64_t serial, std::uint32_t thread_id, std::string thread_name);

  // --- producer thread only ---

  [[nodiscard]] std::uint64_t stamp() const noexcept {
    if (stamp_is_counter) [[likely]] {
      return read_stamp_counter();
    }
    return shared_->clock.stamp();
  }

  // Puts a finished record in the queue, or refuses and counts it. `stride_bytes` is its size
  // rounded up to 8.
  void push(std::byte* record, std::size_t stride_bytes) noexcept {
    if (stride_bytes > static_cast<std::size_t>(limit - next)) [[unlikely]] {
      push_slow(record, stride_bytes);
      return;
    }
    std::memcpy(next, record, stride_bytes);
    publish_record(*this, stride_bytes);
  }

  // Whoever has just pushed wakes a backend that sleeps deeply.
  void wake_from_deep_sleep() const noexcept { shared_->signal.wake(); }

  // Before it has a thread; see MirroredMemory.
  void write_to_pages() const noexcept { memory_.ring().write_to_pages(); }

  // Records of wait_level or above come this way. Returns when they are on the device, or it is
  // known that they are not: see last_wait_error().
  void push_and_wait(std::byte* record, std::size_t stride_bytes) noexcept;

  // The thread has ended: drain once more, then forget.
  void retire() noexcept { retired_.store(true, std::memory_order_release); }  // R:T

  // --- backend thread only ---

  [[nodiscard]] std::span<const std::byte> readable() const noexcept { return queue_.readable(); }
  void set_reader_asleep(bool is_asleep) noexcept {
    is_reader_asleep.store(is_asleep, std::memory_order_relaxed);  // see there
  }

  // For PassLog: the number of our memory in the spool, and where in it a byte of readable() lies.
  [[nodiscard]] std::uint32_t chunk() const noexcept { return memory_.chunk(); }
  [[nodiscard]] std::uint32_t offset_of(const std::byte* at) const noexcept {
    return queue_.offset_of(at);
  }
  void release(std::size_t size_bytes) noexcept;

  // What was refused since the last report, if the thread has not told it itself.
  [[nodiscard]] std::optional<DropReport> take_drop_report() noexcept;

  [[nodiscard]] bool has_drops() const noexcept {
    return pending_drops_.load(std::memory_order_relaxed) != 0;  // asked again in the next pass
  }

  [[nodiscard]] const ThreadInfo& thread() const noexcept { return thread_; }
  [[nodiscard]] std::int64_t& last_wall_ns() noexcept { return last_wall_ns_; }
  [[nodiscard]] std::uint64_t& last_stamp() noexcept { return last_stamp_; }

  // --- any thread ---

  // The backend is gone; nobody will read the queue again. Relaxed: only memory depends on it.
  [[nodiscard]] bool is_closed() const noexcept {
    return shared_->closed.load(std::memory_order_relaxed);  // see above
  }

  [[nodiscard]] bool is_retired() const noexcept {
    return retired_.load(std::memory_order_acquire);  // A:T
  }
  // True while the thread waits for room or has just been given it. Relaxed: a hint for the merge.
  [[nodiscard]] bool is_blocked() const noexcept {
    return blocked_.load(std::memory_order_relaxed);  // hint, see above
  }
  [[nodiscard]] std::size_t capacity_bytes() const noexcept { return queue_.capacity_bytes(); }
  [[nodiscard]] std::uint64_t accepted() const noexcept {
    return QueueFront::accepted.load(std::memory_order_relaxed);  // statistics
  }
  void add_dropped(Stats& stats) const noexcept;
  void wake_if_waiting() noexcept;

 private:
  void push_slow(std::byte* record, std::size_t stride_bytes) noexcept;
  void push_oversized(const RecordHeader& header, const std::byte* payload) noexcept;
  void push_text(const RecordHeader& header, std::string_view text) noexcept;
  void push_heap(const RecordHeader& header, std::string_view text) noexcept;
  [[nodiscard]] bool push_to_spool(const RecordHeader& header, std::string_view text) noexcept;
  [[nodiscard]] bool admit(const RecordHeader& header, std::size_t stride_bytes,
                           std::uint64_t heap_bytes) noexcept;
  [[nodiscard]] bool wait_for_room(std::size_t stride_bytes, std::uint64_t heap_bytes) noexcept;
  [[nodiscard]] bool take_room(std::size_t stride_bytes, std::uint64_t heap_bytes) noexcept;
  void set_budget() noexcept;
  void push_drop_report() noexcept;
  void note_drop(const RecordHeader& header, DropCause cause) noexcept;

  const std::shared_ptr<QueueShared> shared_;

  // Constant while a thread owns it; what is in the queue has lines of its own. Every push looks
  // at queue_, so nothing that the backend writes may share its lines.
  alignas(128) QueueMemory memory_;
  ByteQueue queue_;
  std::string thread_name_;
  ThreadInfo thread_;

  // Shared, but rarely touched.
  alignas(128) std::atomic<std::uint32_t> waiting_{0};
  std::atomic<bool> blocked_{false};
  std::atomic<bool> retired_{false};
  std::atomic<std::uint64_t> pending_drops_{0};
  // Relaxed: written before and read after pending_drops_, whose edge D orders them. A drop that
  // begins while a report is taken may lend it its times; they are for reading, not for counting.
  std::atomic<std::uint64_t> pending_first_stamp_{0};
  std::atomic<std::uint64_t> pending_last_stamp_{0};
  std::atomic<DropCause> pending_cause_{DropCause::queue_full};
  // Single writer, relaxed: read for statistics.
  std::array<std::array<std::atomic<std::uint64_t>, kDropCauseCount>, kLevelCount> dropped_{};

  // Backend thread only.
  alignas(128) std::int64_t last_wall_ns_ = 0;
  std::uint64_t last_stamp_ = 0;
};

}  // namespace lathe
