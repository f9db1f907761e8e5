// SPDX-License-Identifier: MIT
//
// The other half of Drain: from bytes in a queue to a Record.

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "core/report_text.hpp"
#include "engine/drain.hpp"
#include "engine/queued_record.hpp"
#include "queue/cut_text.hpp"
#include "queue/site_registry.hpp"

namespace lathe {

namespace {

// After a batch of huge records the text buffer is given back down to the usual.
constexpr std::size_t kTextBytesKept = 1 * MiB;

}  // namespace

void Drain::add_record(Cursor& cursor, const std::byte* at) {
  const RecordHeader header = header_at(at);
  const std::byte* payload = at + sizeof(RecordHeader);
  Producer& producer = *cursor.producer;
  if (header.stamp < last_stamp_) {
    ++records_late_;
  } else {
    last_stamp_ = header.stamp;
  }
  producer.last_stamp() = header.stamp;

  const SiteEntry& site = sites_.entry(header.site);
  Record& record = records_.emplace_back();
  record.time = wall_time(producer, header.stamp);
  record.thread = &producer.thread();
  record.source = &site.source;
  record.logger = &logger_info(header.logger);
  record.level = header.level;
  switch (header.kind) {
    case RecordKind::text:
      record.message = {reinterpret_cast<const char*>(payload),
                        header.size_bytes - sizeof(RecordHeader)};
      break;
    case RecordKind::packed:
      append_packed(site, {payload, header.size_bytes - sizeof(header)});
      break;
    case RecordKind::heap_text: {
      HeapText heap;
      std::memcpy(&heap, payload, sizeof(heap));
      record.message = {heap.text, heap.size_bytes};
      heap_texts_.push_back(heap);
      break;
    }
    case RecordKind::spool_text: {
      SpoolText where;
      std::memcpy(&where, payload, sizeof(where));
      record.message = {registry_->shared().spool->find_large(where.offset), where.size_bytes};
      spool_texts_.push_back(where);
      break;
    }
    case RecordKind::drops: {
      DropReport report;
      std::memcpy(&report, payload, sizeof(report));
      append_drop_text(report);
      return;  // lathe's own record, not one of the program's
    }
  }
  if (batch_records_++ == 0) {
    batch_first_stamp_ = header.stamp;
  }
}

// A report for a thread that has refused records and then fell silent.
void Drain::add_report(Cursor& cursor, const DropReport& report) {
  Record& record = records_.emplace_back();
  record.time = wall_time(*cursor.producer, report.last_stamp);
  record.thread = &cursor.producer->thread();
  record.source = &sites_.entry(SiteRegistry::kOwnSite).source;
  record.logger = &logger_info(LoggerTable::kOwnLogger);
  record.level = Level::warn;
  append_drop_text(report);
}

void Drain::append_drop_text(const DropReport& report) {
  const auto ticks = static_cast<double>(report.last_stamp - report.first_stamp);
  const std::string text =
      drop_text(report.count, static_cast<std::int64_t>(ticks * ns_per_tick_), report.cause);
  const std::size_t offset = text_.size();
  text_.append(text.data(), text.data() + text.size());
  packed_.push_back({records_.size() - 1, offset, text.size()});
}

void Drain::append_packed(const SiteEntry& site, std::span<const std::byte> payload) {
  const std::size_t offset = text_.size();
  format_packed(site.decode, site.format.pieces(), payload, text_);
  const std::string_view message(text_.data() + offset, text_.size() - offset);
  const std::uint64_t bytes_max = registry_->shared().options.record_bytes_max;
  if (message.size() > bytes_max) {
    const std::string_view kept = cut_utf8(message, bytes_max);
    const std::string note = cut_note(message.size() - kept.size());
    text_.resize(offset + kept.size());
    text_.append(note.data(), note.data() + note.size());
  }
  packed_.push_back({records_.size() - 1, offset, text_.size() - offset});
}

WallTime Drain::wall_time(Producer& producer, std::uint64_t stamp) noexcept {
  // Time never goes back within a thread, whatever happened to the wall clock.
  std::int64_t& last = producer.last_wall_ns();
  last = std::max(last, calibration_.to_wall_ns(stamp));
  return WallTime(std::chrono::nanoseconds(last));
}

WallTime Drain::wall_time_now() const noexcept {
  return WallTime(std::chrono::nanoseconds(calibration_.to_wall_ns(clock_.stamp())));
}

std::int64_t Drain::batch_age_ns() const noexcept {
  const std::uint64_t now = clock_.stamp();
  return now < batch_first_stamp_
             ? 0
             : static_cast<std::int64_t>(static_cast<double>(now - batch_first_stamp_) *
                                         ns_per_tick_);
}

void Drain::learn_loggers(std::uint32_t number) {
  while (logger_infos_.size() <= number) {
    logger_infos_.push_back(&loggers_.info(static_cast<std::uint32_t>(logger_infos_.size())));
  }
}

void Drain::start_batch() {
  records_.clear();
  packed_.clear();
  if (text_.capacity() > kTextBytesKept) {
    text_ = fmt::memory_buffer();
  }
  text_.clear();
  batch_records_ = 0;
  place_ = {.pass = pass_log_->pass(), .first_record = pass_log_->count(), .is_numbered = true};
}

// A queue that was not empty has been delivered: its thread may have pushed more since the look.
// For who waits it is looked at again, as the next pass would do: else a flush would take as many
// passes as there are threads.
void Drain::ran_empty(const Cursor& cursor) noexcept {
  const Producer& producer = *cursor.producer;
  const bool is_still_empty = is_asked_to_hurry_ && !producer.is_blocked() &&
                              producer.readable().size() == cursor.delivered_bytes;
  if (cursors_.size() == 1 || cursor.retired || is_still_empty) {
    return;
  }
  std::uint64_t floor = cursor.producer->last_stamp();
  if (!hurry_) {
    floor = std::max(floor, look_stamp_ - std::min(look_stamp_, window_ticks_));
  }
  limit_ = std::min(limit_, floor);
}

void Drain::mark() {
  refresh_producers();
  for (Cursor& cursor : cursors_) {
    cursor.mark_total = cursor.released_total + cursor.producer->readable().size();
  }
}

bool Drain::reached_mark() const noexcept {
  return std::all_of(cursors_.begin(), cursors_.end(), [](const Cursor& cursor) {
    return cursor.released_total >= cursor.mark_total;
  });
}

bool Drain::is_empty() {
  refresh_producers();
  return std::all_of(cursors_.begin(), cursors_.end(),
                     [](Cursor& cursor) { return cursor.producer->readable().empty(); });
}

void Drain::begin_deep_sleep() {
  refresh_producers();
  for (const Cursor& cursor : cursors_) cursor.producer->set_reader_asleep(true);
}

void Drain::end_deep_sleep() noexcept {
  for (const Cursor& cursor : cursors_) cursor.producer->set_reader_asleep(false);
}

std::uint64_t Drain::discard_queued() {
  std::uint64_t records = 0;
  const GateScope inside(&gate_);
  for (Cursor& cursor : cursors_) {
    const std::span<const std::byte> bytes = cursor.producer->readable();
    for (std::size_t at = 0; at < bytes.size();) {
      const RecordHeader header = header_at(bytes.data() + at);
      const std::byte* payload = bytes.data() + at + sizeof(header);
      if (header.kind == RecordKind::heap_text) {
        std::memcpy(&heap_texts_.emplace_back(), payload, sizeof(HeapText));
      } else if (header.kind == RecordKind::spool_text) {
        std::memcpy(&spool_texts_.emplace_back(), payload, sizeof(SpoolText));
      }
      records += header.kind == RecordKind::drops ? 0 : 1;
      at += stride(header);
    }
    cursor.producer->release(bytes.size());
  }
  (void)free_heap_texts();  // nobody waits any more
  return records;
}

// Returns true if there were any. Their memory counts against a bound that producers may wait for.
bool Drain::free_heap_texts() noexcept {
  if (heap_texts_.empty() && spool_texts_.empty()) {
    return false;
  }
  for (const HeapText& heap : heap_texts_) {
    std::free(heap.text);
    // Ordered by B: producers are woken after this.
    registry_->shared().heap_bytes.fetch_sub(heap.size_bytes, std::memory_order_relaxed);
  }
  for (const SpoolText& where : spool_texts_) {
    registry_->shared().spool->free_large(where.offset);
    registry_->shared().heap_bytes.fetch_sub(where.size_bytes,
                                             std::memory_order_relaxed);  // as above
  }
  heap_texts_.clear();
  spool_texts_.clear();
  return true;
}

}  // namespace lathe
