// SPDX-License-Identifier: MIT

#include "engine/drain.hpp"

#include <algorithm>
#include <span>
#include <type_traits>
#include <utility>

#include "engine/queued_record.hpp"
#include "engine/tick_rate.hpp"

namespace lathe {

namespace {

// A pass takes at most this part of a queue, so that the thread can fill the rest meanwhile: with
// the whole of it, producer and backend would take turns.
constexpr std::size_t kPassDivisor = 4;

// A queue that has so much of its room taken after a pause is an eighth full after twice as long,
// and still far from the half that has its producer wake the I/O thread by a system call.
constexpr std::size_t kFillingDivisor = 16;

// Much came in a pass: look again at once instead of pausing.
constexpr std::size_t kBusyBytes = 16 * KiB;

// Formatted text of one batch; a batch ends early beyond it, so that it stays in the cache.
constexpr std::size_t kPassTextBytesMax = 128 * KiB;

}  // namespace

Drain::Drain(std::shared_ptr<ProducerRegistry> registry, const LoggerTable& loggers,
             const Clock& clock)
    : registry_(std::move(registry)),
      loggers_(loggers),
      clock_(clock),
      ns_per_tick_(tick_rate_ns(clock)),
      window_ticks_(static_cast<std::uint64_t>(
          static_cast<double>(registry_->shared().options.order_window.count()) / ns_per_tick_)),
      calibration_(ns_per_tick_),
      noted_{calibration_, calibration_} {
  records_.reserve(kBatchRecords);
  entries_.reserve(kBatchRecords);
  calibrate();
}

// Reads both clocks as close together as a preemption allows: the narrowest of three brackets.
void Drain::calibrate() {
  constexpr int kTries = 3;
  std::uint64_t best_width = UINT64_MAX;
  std::uint64_t ticks = 0;
  std::int64_t wall_ns = 0;
  for (int i = 0; i < kTries; ++i) {
    const std::uint64_t before = clock_.stamp();
    const std::int64_t wall = clock_.wall_ns();
    const std::uint64_t width = clock_.stamp() - before;
    if (width < best_width) {
      best_width = width;
      ticks = before + width / 2;
      wall_ns = wall;
    }
  }
  calibration_.update(ticks, wall_ns);
  note_calibration();
  next_calibration_ns_ = clock_.steady_ns() + calibration_.next_update_delay_ns();
}

void Drain::note_calibration() noexcept {
  static_assert(std::is_trivially_copyable_v<StampCalibration> &&
                sizeof(StampCalibration) <= kCalibrationBytesMax);
  const std::uint32_t count = noted_count_.load(std::memory_order_relaxed);  // our own
  noted_[(count + 1) % 2] = calibration_;
  noted_count_.store(count + 1, std::memory_order_release);  // R:E
  if (spool_ != nullptr) spool_->set_calibration(std::as_bytes(std::span(&calibration_, 1)));
}

void Drain::use_spool(std::shared_ptr<Spool> spool) {
  spool_ = std::move(spool);
  pass_log_ = &spool_->pass_log();
  note_calibration();
}

void Drain::use_private_log() {
  const std::size_t bytes = sizeof(PassLogHeader) + kPassEntriesMax * sizeof(PassEntry);
  own_log_ = PassLog(private_pages(bytes));
}

void Drain::refresh_producers() {
  if (!registry_->changed()) {
    return;
  }
  for (std::shared_ptr<Producer>& producer : registry_->list()) {
    const bool known = std::any_of(cursors_.begin(), cursors_.end(), [&](const Cursor& cursor) {
      return cursor.producer == producer;
    });
    if (!known) {
      Cursor cursor;
      cursor.producer = std::move(producer);
      cursors_.push_back(std::move(cursor));
    }
  }
}

void Drain::collect(bool hurry) {
  if (clock_.steady_ns() >= next_calibration_ns_) {
    calibrate();
  }
  // Before the list of producers is read: a thread that registers later stamps later than this.
  look_stamp_ = clock_.stamp();
  refresh_producers();
  {
    const GateScope inside(&gate_);
    pass_log_->begin();
  }
  hurry_ = is_asked_to_hurry_ = hurry;
  pass_done_ = false;
  busy_ = false;
  filling_ = false;
  holding_ = false;
  heads_.clear();
  quiet_drops_.clear();
  for (std::size_t i = 0; i < cursors_.size(); ++i) {
    look(cursors_[i], i);
  }
  limit_ = look_stamp_;
  for (const Cursor& cursor : cursors_) {
    if (cursor.head == cursor.end) {
      limit_ = std::min(limit_, empty_floor(cursor));
    }
  }
  std::make_heap(heads_.begin(), heads_.end(),
                 [this](std::size_t a, std::size_t b) { return is_later(a, b); });
}

void Drain::look(Cursor& cursor, std::size_t index) {
  Producer& producer = *cursor.producer;
  cursor.retired = producer.is_retired();
  const std::span<const std::byte> bytes = producer.readable();
  cursor.head = bytes.data();
  cursor.end = bytes.data() + bytes.size();
  high_water_bytes_ = std::max<std::uint64_t>(high_water_bytes_, bytes.size());
  if (bytes.size() >= producer.capacity_bytes() / 2) {
    hurry_ = true;
  }
  filling_ = filling_ || bytes.size() >= producer.capacity_bytes() / kFillingDivisor;
  if (!bytes.empty()) {
    heads_.push_back(index);
  } else if (const auto report = producer.take_drop_report()) {
    quiet_drops_.push_back({index, *report});
  }
}

// Nothing from before this stamp is still to come from a queue that is empty.
std::uint64_t Drain::empty_floor(const Cursor& cursor) const noexcept {
  const bool alone = cursors_.size() == 1;
  if (alone || ((hurry_ || cursor.retired) && !cursor.producer->is_blocked())) {
    return look_stamp_;
  }
  const std::uint64_t window_start = look_stamp_ - std::min(look_stamp_, window_ticks_);
  return std::max(window_start, cursor.producer->last_stamp());
}

// Of two heads, which is delivered later. Ties go by age of the queue: a thread that logs from its
// last destructors goes on in younger queues than its first.
bool Drain::is_later(std::size_t a, std::size_t b) const noexcept {
  const std::uint64_t stamp_a = stamp_at(cursors_[a].head);
  const std::uint64_t stamp_b = stamp_at(cursors_[b].head);
  return stamp_a != stamp_b ? stamp_a > stamp_b : a > b;
}

// The last stamp up to which the queue at the top of the heap may run before another is due.
std::uint64_t Drain::run_bound() const noexcept {
  std::uint64_t bound = limit_;
  for (std::size_t child = 1; child <= 2 && child < heads_.size(); ++child) {
    const std::uint64_t stamp = stamp_at(cursors_[heads_[child]].head);
    // An older queue goes first at a tie. (Its stamp is above ours then, so it is not zero.)
    bound = std::min(bound, heads_[child] < heads_.front() ? stamp - 1 : stamp);
  }
  return bound;
}

std::span<const Record> Drain::next_batch() {
  start_batch();
  if (!quiet_drops_.empty()) return next_reports();

  const auto later = [this](std::size_t a, std::size_t b) { return is_later(a, b); };
  while (!heads_.empty() && !pass_done_ && records_.size() < kBatchRecords &&
         text_.size() < kPassTextBytesMax) {
    Cursor& cursor = cursors_[heads_.front()];
    if (stamp_at(cursor.head) > limit_) {
      holding_ = true;
      break;
    }
    const std::uint64_t bound = run_bound();
    std::pop_heap(heads_.begin(), heads_.end(), later);
    deliver(cursor, bound);
    if (cursor.head == cursor.end) {
      heads_.pop_back();
      ran_empty(cursor);
    } else {
      std::push_heap(heads_.begin(), heads_.end(), later);
    }
  }
  return finish_batch();
}

// A batch of its own: these are in no queue, so they have no number in the pass.
std::span<const Record> Drain::next_reports() {
  place_.is_numbered = false;
  for (const QuietDrop& drop : quiet_drops_) {
    add_report(cursors_[drop.cursor], drop.report);
  }
  quiet_drops_.clear();
  return finish_batch();
}

std::span<const Record> Drain::finish_batch() {
  if (!entries_.empty()) {
    const GateScope inside(&gate_);
    for (const PassEntry& entry : entries_) pass_log_->add(entry.chunk, entry.offset);
    entries_.clear();
  }
  for (const PackedText& packed : packed_) {
    records_[packed.record].message = {text_.data() + packed.offset, packed.size_bytes};
  }
  return records_;
}

// Delivers records of one queue up to the stamp `bound`, as long as the batch has room.
void Drain::deliver(Cursor& cursor, std::uint64_t bound) {
  const std::size_t pass_bytes = cursor.producer->capacity_bytes() / kPassDivisor;
  while (cursor.head != cursor.end && records_.size() < kBatchRecords &&
         text_.size() < kPassTextBytesMax && stamp_at(cursor.head) <= bound) {
    const std::size_t bytes = stride(header_at(cursor.head));
    const std::size_t before = records_.size();
    try {
      add_record(cursor, cursor.head);
    } catch (...) {  // no memory for its text: it stays in the queue until the next pass
      records_.resize(before);
      pass_done_ = true;
      return;
    }
    entries_.push_back({cursor.producer->chunk(), cursor.producer->offset_of(cursor.head)});
    cursor.head += bytes;
    cursor.delivered_bytes += bytes;
    if (cursor.delivered_bytes >= pass_bytes || pass_log_->is_full(entries_.size())) {
      pass_done_ = true;
      busy_ = true;
      break;
    }
  }
  busy_ = busy_ || cursor.delivered_bytes >= kBusyBytes;
}

void Drain::release() {
  {
    const GateScope inside(&gate_);
    pass_log_->commit();  // before the first queue is released
    for (Cursor& cursor : cursors_) {
      if (cursor.delivered_bytes != 0) {
        cursor.producer->release(cursor.delivered_bytes);
        cursor.released_total += cursor.delivered_bytes;
        cursor.delivered_bytes = 0;
      }
    }
  }
  const bool freed_heap = free_heap_texts();
  for (std::size_t i = 0; i < cursors_.size();) {
    Cursor& cursor = cursors_[i];
    if (freed_heap) {
      cursor.producer->wake_if_waiting();
    }
    // Retired before the look, and all that the look saw is released: nothing can come any more.
    if (cursor.retired && cursor.head == cursor.end && !cursor.producer->has_drops()) {
      {
        const GateScope inside(&gate_);
        registry_->forget(*cursor.producer);
      }
      registry_->drop(cursor.producer);
      cursors_.erase(cursors_.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
}

}  // namespace lathe
