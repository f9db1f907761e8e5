// SPDX-License-Identifier: MIT

#include "engine/spool_records.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <queue>
#include <string>
#include <utility>

#include "core/report_text.hpp"
#include "engine/queued_record.hpp"
#include "queue/producer.hpp"
#include "queue/site_registry.hpp"

namespace lathe {
namespace {

// Formatted text of one batch.
constexpr std::size_t kFoundTextBytesMax = std::size_t{1} << 20;

}  // namespace

SpoolRecords::SpoolRecords(SpoolReader& reader) : reader_(reader) {
  std::vector<Cursor> cursors = make_cursors();
  const bool is_done = reader.pass_state() % 2 != 0;
  // After a pass that is done, numbers are those of the pass that would have been next.
  pass_ = reader.pass_state() / 2 + (is_done ? 1 : 0);
  if (is_done) {
    skip_pass(cursors);
  } else {
    take_pass(cursors);
  }
  merge(cursors);
}

std::vector<SpoolRecords::Cursor> SpoolRecords::make_cursors() {
  std::vector<Cursor> cursors;
  for (SpoolProducer& producer : reader_.producers()) {
    producer.thread.name = producer.thread_name;  // where it lies now
    cursors.push_back({.producer = &producer, .left = producer.readable});
  }
  return cursors;
}

bool SpoolRecords::is_next(const Cursor& cursor, std::uint32_t offset) const {
  if (cursor.left.empty()) return false;
  const auto taken =
      static_cast<std::size_t>(cursor.left.data() - cursor.producer->readable.data());
  const std::size_t at = cursor.producer->front_offset + taken;
  const std::size_t ring = cursor.producer->ring->size();
  return offset == (at < ring ? at : at - ring);
}

// The pass was under way: all of its records are in their queues.
void SpoolRecords::take_pass(std::vector<Cursor>& cursors) {
  for (const PassEntry& entry : reader_.pass_entries()) {
    if (entry.chunk >= QueueMemory::kPrivateFirst) {
      items_.push_back({.at = nullptr, .producer = nullptr});
      continue;
    }
    const auto found = std::find_if(cursors.begin(), cursors.end(), [&](const Cursor& cursor) {
      return cursor.producer->chunk == entry.chunk;
    });
    if (found == cursors.end() || !is_next(*found, entry.offset)) {
      throw SpoolError(reader_.path() + ": is damaged: its log of passes is not of its queues");
    }
    items_.push_back({.at = found->left.data(), .producer = found->producer});
    found->left = found->left.subspan(stride(header_at(found->left.data())));
  }
}

// The pass was written. Some queues may not have been released any more.
void SpoolRecords::skip_pass(std::vector<Cursor>& cursors) {
  for (const PassEntry& entry : reader_.pass_entries()) {
    const auto found = std::find_if(cursors.begin(), cursors.end(), [&](const Cursor& cursor) {
      return cursor.producer->chunk == entry.chunk;
    });
    if (found == cursors.end() || !is_next(*found, entry.offset)) continue;
    found->left = found->left.subspan(stride(header_at(found->left.data())));
  }
}

void SpoolRecords::merge(std::vector<Cursor>& cursors) {
  const auto is_later = [&](std::size_t a, std::size_t b) {
    const std::uint64_t stamp_a = stamp_at(cursors[a].left.data());
    const std::uint64_t stamp_b = stamp_at(cursors[b].left.data());
    return stamp_a != stamp_b ? stamp_a > stamp_b : a > b;
  };
  std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(is_later)> heads(is_later);
  for (std::size_t i = 0; i < cursors.size(); ++i) {
    if (!cursors[i].left.empty()) heads.push(i);
  }
  while (!heads.empty()) {
    const std::size_t i = heads.top();
    heads.pop();
    Cursor& cursor = cursors[i];
    items_.push_back({.at = cursor.left.data(), .producer = cursor.producer});
    cursor.left = cursor.left.subspan(stride(header_at(cursor.left.data())));
    if (!cursor.left.empty()) heads.push(i);
  }
}

std::size_t SpoolRecords::count_unreadable(std::size_t first) const {
  std::size_t count = 0;
  for (std::size_t i = first; i < items_.size(); ++i) {
    if (items_[i].at == nullptr) continue;
    const RecordHeader header = header_at(items_[i].at);
    count += header.kind == RecordKind::packed && reader_.site(header.site).decode == nullptr;
  }
  return count;
}

std::span<const Record> SpoolRecords::batch(std::size_t first) {
  records_.clear();
  packed_.clear();
  text_.clear();
  const std::size_t end = std::min(items_.size(), first + kBatchRecords);
  for (std::size_t i = first; i < end && text_.size() < kFoundTextBytesMax; ++i)
    add_record(items_[i]);
  for (const PackedText& packed : packed_) {
    records_[packed.record].message = {text_.data() + packed.offset, packed.size_bytes};
  }
  reader_.place() = {
      .pass = pass_, .first_record = static_cast<std::uint32_t>(first), .is_numbered = true};
  return records_;
}

void SpoolRecords::add_record(const Item& item) {
  static const ThreadInfo no_thread{};
  Record& record = records_.emplace_back();
  if (item.at == nullptr) {
    record.thread = &no_thread;
    record.source = &reader_.site(std::numeric_limits<std::uint32_t>::max()).source;
    record.logger = &reader_.logger(0);
    record.level = Level::warn;
    record.time = WallTime(std::chrono::nanoseconds(reader_.created_ns()));
    return add_text("[lathe: a record is lost: its queue was not in the spool]");
  }
  const RecordHeader header = header_at(item.at);
  const std::byte* payload = item.at + sizeof(header);
  const std::size_t payload_bytes = header.size_bytes - sizeof(header);
  const SpoolSite& site = reader_.site(header.site);
  record.time = WallTime(std::chrono::nanoseconds(reader_.wall_ns(header.stamp)));
  record.thread = &item.producer->thread;
  record.source = &site.source;
  record.logger = &reader_.logger(header.logger);
  record.level = header.level;
  switch (header.kind) {
    case RecordKind::text:
      record.message = {reinterpret_cast<const char*>(payload), payload_bytes};
      return;
    case RecordKind::packed: {
      const std::size_t offset = text_.size();
      format_packed(site.decode, site.format.pieces(), {payload, payload_bytes}, text_);
      packed_.push_back({records_.size() - 1, offset, text_.size() - offset});
      return;
    }
    case RecordKind::spool_text: {
      SpoolText where;
      std::memcpy(&where, payload, sizeof(where));
      if (const auto text = reader_.large_text(where.offset, where.size_bytes)) {
        record.message = *text;
        return;
      }
      return add_text("[lathe: a large message is lost: the spool does not have it]");
    }
    case RecordKind::heap_text: {
      HeapText heap;
      std::memcpy(&heap, payload, sizeof(heap));
      return add_text(fmt::format(
          "[lathe: a message of {} bytes is lost: the spool had no room for it]", heap.size_bytes));
    }
    case RecordKind::drops: {
      DropReport report;
      std::memcpy(&report, payload, sizeof(report));
      const std::int64_t duration_ns =
          reader_.wall_ns(report.last_stamp) - reader_.wall_ns(report.first_stamp);
      return add_text(drop_text(report.count, duration_ns, report.cause));
    }
  }
}

void SpoolRecords::add_text(std::string_view text) {
  const std::size_t offset = text_.size();
  text_.append(text.data(), text.data() + text.size());
  packed_.push_back({records_.size() - 1, offset, text.size()});
}

}  // namespace lathe
