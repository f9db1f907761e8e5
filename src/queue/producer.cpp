// SPDX-License-Identifier: MIT
//
// The slow path of a push: room, waking, and the overflow policy.

#include "queue/producer.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "queue/site_registry.hpp"
#include "queue/spool.hpp"
#include "queue/thread_state.hpp"

namespace lathe {

namespace {

// Large records may take this much memory in all, unless a single one is allowed to be larger.
// Half of what lathe promises to stay under beside its queues.
constexpr std::uint64_t kHeapBytesMax = 2 * MiB;

QueueMemory make_memory(QueueShared& shared) {
  const std::size_t bytes = std::max<std::size_t>(shared.options.queue_bytes, page_bytes());
  if (shared.spool != nullptr) {
    try {
      return shared.spool->add_producer(bytes);
    } catch (...) {  // no room there: this thread's records do not survive a SIGKILL
      shared.queues_outside_spool.fetch_add(1, std::memory_order_relaxed);  // statistics
    }
  }
  return QueueMemory(bytes);
}

}  // namespace

QueueShared::QueueShared(const BackendOptions& options_, const Clock& clock_, Level wait_level_,
                         std::shared_ptr<Spool> spool_)
    : options(options_),
      clock(clock_),
      clock_is_counter(&clock_ == &system_clock() && stamp_counter_usable()),
      heap_bytes_max(std::max(kHeapBytesMax, options_.record_bytes_max)),
      wait_level(wait_level_),
      spool(std::move(spool_)) {}

Producer::Producer(std::shared_ptr<QueueShared> shared, std::uint64_t serial,
                   std::uint32_t thread_id, std::string thread_name)
    : shared_(std::move(shared)),
      memory_(make_memory(*shared_)),
      queue_(memory_.indices(), memory_.ring()) {
  queue_.begin(*this);
  stamp_is_counter = shared_->clock_is_counter;
  wait_level = shared_->wait_level;
  record_bytes_max = sizeof(RecordHeader) + shared_->options.record_bytes_max;
  reuse(serial, thread_id, std::move(thread_name));
}

Producer::~Producer() {
  // Whatever is left came after the backend's last look: calls that ran into its end.
  std::span<const std::byte> left = queue_.readable();
  while (!left.empty()) {
    RecordHeader header;
    std::memcpy(&header, left.data(), sizeof(header));
    count_refused(header.kind == RecordKind::drops ? 0 : 1);
    if (header.kind == RecordKind::heap_text) {
      HeapText heap;
      std::memcpy(&heap, left.data() + sizeof(header), sizeof(heap));
      std::free(heap.text);
    }
    left = left.subspan(round_up_8(header.size_bytes));
  }
}

void Producer::reuse(std::uint64_t serial, std::uint32_t thread_id, std::string thread_name) {
  thread_name_ = std::move(thread_name);
  thread_ = ThreadInfo{.serial = serial, .id = thread_id, .name = thread_name_};
  memory_.set_owner(serial, thread_id, thread_name_);
  ByteQueue::set_limit(*this, 0);
  retired_.store(false, std::memory_order_release);  // R:T the registry hands it over by its mutex
}

void Producer::release(std::size_t size_bytes) noexcept {
  queue_.release(size_bytes);
  wake_if_waiting();
}

void Producer::wake_if_waiting() noexcept {
  if (waiting_.exchange(0, std::memory_order_acq_rel) != 0) {  // R:B A:B
    futex_wake_all(waiting_);
  }
}

void Producer::push_slow(std::byte* record, std::size_t stride_bytes) noexcept {
  RecordHeader header;
  std::memcpy(&header, record, sizeof(header));
  const std::size_t payload_bytes = header.size_bytes - sizeof(header);
  if (stride_bytes > queue_.capacity_bytes() / 2 ||
      payload_bytes > shared_->options.record_bytes_max) {
    push_oversized(header, record + sizeof(header));
  } else if (admit(header, stride_bytes, 0)) {
    std::memcpy(next, record, stride_bytes);
    publish_record(*this, stride_bytes);
    set_budget();
  }
  blocked_.store(false, std::memory_order_relaxed);  // hint, see is_blocked()
  shared_->wake_from_deep_sleep();
}

// Makes room for `stride_bytes` in the queue and `heap_bytes` beside it, by the overflow policy.
// Returns false if the record is refused; it is counted then.
bool Producer::admit(const RecordHeader& header, std::size_t stride_bytes,
                     std::uint64_t heap_bytes) noexcept {
  const BackendOptions& options = shared_->options;
  ByteQueue::set_limit(*this, 0);  // the record, and a report before it, may wrap once
  const std::size_t capacity = queue_.capacity_bytes();
  const std::size_t used_bytes = capacity - queue_.room_bytes();
  if (used_bytes + stride_bytes > capacity / 2 || heap_bytes != 0) {
    shared_->signal.wake();
  }
  if (options.overflow == Overflow::shed && header.level < options.shed_below &&
      used_bytes + stride_bytes > capacity / 4 * 3) {
    note_drop(header, DropCause::shed);
    return false;
  }
  if (!take_room(stride_bytes, heap_bytes)) {
    // Whoever empties the queue (a sink or a formatter that logs) would wait for itself.
    const bool never_waits =
        options.overflow == Overflow::drop_newest ||
        thread_.id == shared_->backend_thread.load(std::memory_order_relaxed) ||  // see there
        (options.overflow == Overflow::shed && header.level < options.shed_below);
    if (never_waits || !wait_for_room(stride_bytes, heap_bytes)) {
      if (is_closed()) {
        count_refused(1);  // nobody reads our counts any more
      } else {
        note_drop(header, DropCause::queue_full);
      }
      return false;
    }
  }
  push_drop_report();
  return true;
}

// A report of earlier drops goes in front of the record, so room for both is needed.
bool Producer::take_room(std::size_t stride_bytes, std::uint64_t heap_bytes) noexcept {
  constexpr std::size_t kReportBytes = round_up_8(sizeof(RecordHeader) + sizeof(DropReport));
  const bool has_drops = pending_drops_.load(std::memory_order_relaxed) != 0;  // our own writes
  if (queue_.room_bytes() < stride_bytes + (has_drops ? kReportBytes : 0)) {
    return false;
  }
  if (heap_bytes != 0) {
    // Relaxed: a bound on memory. See wait_for_room for the order with the drain. Nothing is taken
    // for a moment and given back: another thread could fail on it, and wait for no one.
    std::uint64_t taken = shared_->heap_bytes.load(std::memory_order_relaxed);  // as above
    do {
      if (taken != 0 && taken + heap_bytes > shared_->heap_bytes_max) {
        return false;
      }
    } while (!shared_->heap_bytes.compare_exchange_weak(taken, taken + heap_bytes,
                                                        std::memory_order_relaxed));  // as above
  }
  return true;
}

bool Producer::wait_for_room(std::size_t stride_bytes, std::uint64_t heap_bytes) noexcept {
  const std::int64_t limit_ns = shared_->options.block_for.count();
  const std::int64_t start_ns = limit_ns > 0 ? shared_->clock.steady_ns() : 0;
  blocked_.store(true, std::memory_order_relaxed);  // hint, see is_blocked()
  for (;;) {
    // First say that we wait, then look again. The consumer first makes room, then asks whether
    // anybody waits. One of the two exchanges comes second and sees the other's work.
    waiting_.exchange(1, std::memory_order_acq_rel);        // R:B A:B
    if (shared_->closed.load(std::memory_order_relaxed)) {  // ordered by B
      return false;
    }
    if (take_room(stride_bytes, heap_bytes)) {
      waiting_.exchange(0, std::memory_order_acq_rel);  // R:B A:B
      return true;
    }
    std::optional<std::chrono::nanoseconds> remaining;
    if (limit_ns > 0) {
      remaining = std::chrono::nanoseconds(limit_ns - (shared_->clock.steady_ns() - start_ns));
    }
    if (futex_wait(waiting_, 1, remaining) == FutexResult::timed_out) {
      return take_room(stride_bytes, heap_bytes);
    }
  }
}

// How much may be pushed before the queue needs a look again.
void Producer::set_budget() noexcept {
  const std::size_t capacity = queue_.capacity_bytes();
  const std::size_t room = queue_.room_bytes();
  const std::size_t used = capacity - room;
  std::size_t budget = room;
  if (used < capacity / 2) {
    budget = capacity / 2 - used;  // until the backend is to be woken
  } else if (shared_->options.overflow == Overflow::shed) {
    budget = 0;  // each record is judged by its level
  }
  ByteQueue::set_limit(*this, std::min(budget, record_bytes_max));
}

void Producer::note_drop(const RecordHeader& header, DropCause cause) noexcept {
  const auto level = std::min(static_cast<std::size_t>(header.level), kLevelCount - 1);
  auto& counter = dropped_[level][static_cast<std::size_t>(cause)];
  // Single writer; read for statistics.
  counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  if (pending_drops_.load(std::memory_order_relaxed) == 0) {  // only this thread makes it non-zero
    pending_first_stamp_.store(header.stamp, std::memory_order_relaxed);  // published by D
    pending_cause_.store(cause, std::memory_order_relaxed);               // published by D
  }
  pending_last_stamp_.store(header.stamp, std::memory_order_relaxed);  // published by D
  pending_drops_.fetch_add(1, std::memory_order_release);              // R:D
  owes_report = true;
  ByteQueue::set_limit(*this, 0);  // the next push comes by the slow path and brings the report
}

std::optional<DropReport> Producer::take_drop_report() noexcept {
  if (pending_drops_.load(std::memory_order_relaxed) == 0) {  // the usual case; a late one is fine
    return std::nullopt;
  }
  const std::uint64_t count = pending_drops_.exchange(0, std::memory_order_acquire);  // A:D
  if (count == 0) {
    return std::nullopt;
  }
  // Ordered by D. A drop that begins just now may have set the first stamp already.
  const std::uint64_t last = pending_last_stamp_.load(std::memory_order_relaxed);    // see above
  const std::uint64_t first = pending_first_stamp_.load(std::memory_order_relaxed);  // see above
  return DropReport{.count = count,
                    .first_stamp = std::min(first, last),
                    .last_stamp = last,
                    .cause = pending_cause_.load(std::memory_order_relaxed)};  // ordered by D
}

void Producer::push_drop_report() noexcept {
  owes_report = false;  // only this thread makes new ones
  const std::optional<DropReport> report = take_drop_report();
  if (!report) {
    return;
  }
  alignas(8) std::byte record[round_up_8(sizeof(RecordHeader) + sizeof(DropReport))] = {};
  const RecordHeader header{.size_bytes = sizeof(RecordHeader) + sizeof(DropReport),
                            .site = SiteRegistry::kOwnSite,
                            .stamp = report->last_stamp,
                            .logger = 0,
                            .level = Level::warn,
                            .kind = RecordKind::drops,
                            .unused = 0};
  std::memcpy(record, &header, sizeof(header));
  std::memcpy(record + sizeof(header), &*report, sizeof(DropReport));
  std::memcpy(next, record, sizeof(record));
  publish_bytes(*this, sizeof(record));  // no record that anybody accepted
}

void Producer::add_dropped(Stats& stats) const noexcept {
  for (std::size_t level = 0; level < kLevelCount; ++level) {
    for (std::size_t cause = 0; cause < kDropCauseCount; ++cause) {
      const std::uint64_t count =
          dropped_[level][cause].load(std::memory_order_relaxed);  // statistics
      stats.dropped[level][cause] += count;
      stats.records_dropped += count;
    }
  }
}

}  // namespace lathe
