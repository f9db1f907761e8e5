// SPDX-License-Identifier: MIT

#include "sink/unsynced.hpp"

#include <algorithm>

namespace lathe {

Unsynced::Span& Unsynced::open_span(const std::shared_ptr<LogFile>& file, std::uint64_t position) {
  if (!spans_.empty()) {
    Span& last = spans_.back();
    if (last.is_open && last.file == file) return last;
    last.is_open = false;
  }
  spans_.push_back({.file = file, .number = ++last_number_, .begin_position = position});
  return spans_.back();
}

void Unsynced::add(const std::shared_ptr<LogFile>& file, const RecordBuffer& buffer,
                   std::size_t bytes, std::uint64_t position) {
  Span& span = open_span(file, position);
  std::size_t records = 0;
  std::size_t end = 0;  // of the last record that is whole
  while (records < buffer.records() && buffer.bytes_through(records) <= bytes) {
    end = buffer.bytes_through(records++);
  }
  span.records += records;
  span.is_mid_record = end != bytes;
}

// A span that ends within a record stays open, so that no span begins within one. That sync does
// not cover it then, though it may bring some of it to the device.
std::uint64_t Unsynced::begin_sync() noexcept {
  if (spans_.empty()) return last_number_;
  Span& last = spans_.back();
  last.is_open = last.is_open && last.is_mid_record;
  return last.is_open ? last.number - 1 : last.number;
}

void Unsynced::note_synced(const std::shared_ptr<LogFile>& file, std::uint64_t mark,
                           std::uint64_t names_version) noexcept {
  for (Span& span : spans_) {
    if (span.file == file && span.number <= mark && span.names_version == 0) {
      span.names_version = names_version;
    }
  }
}

void Unsynced::note_names_durable(std::uint64_t names_version) {
  std::erase_if(spans_, [&](const Span& span) {
    return span.names_version != 0 && span.names_version <= names_version;
  });
}

}  // namespace lathe
