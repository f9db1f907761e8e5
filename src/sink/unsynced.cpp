// SPDX-License-Identifier: MIT

#include "sink/unsynced.hpp"

#include <algorithm>
#include <new>
#include <string_view>
#include <utility>

#include "sink/record_copy.hpp"

namespace lathe {

Unsynced::Span& Unsynced::open_span(const std::shared_ptr<LogFile>& file, std::uint64_t position) {
  if (!spans_.empty()) {
    Span& last = spans_.back();
    if (last.is_open && last.file == file) return last;
    last.is_open = false;
  }
  spans_.push_back({.file = file,
                    .number = ++last_number_,
                    .begin_position = position,
                    .text = std::exchange(spare_text_, {}),
                    .ends = std::exchange(spare_ends_, {})});
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
  span.bytes += bytes;
  span.is_mid_record = end != bytes;
  keep(span, buffer, bytes, records);
}

void Unsynced::keep(Span& span, const RecordBuffer& buffer, std::size_t bytes,
                    std::size_t records) {
  if (!span.is_kept) return;
  if (bytes > kept_bytes_max_ - kept_bytes_) return stop_keeping(span);
  const std::size_t begin = span.text.size();
  try {
    for (std::size_t i = 0; i < records; ++i) span.ends.push_back(begin + buffer.bytes_through(i));
    if (begin + bytes > span.text.capacity()) {  // twice as much, but no more than it may become
      span.text.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(
          std::max(2 * span.text.capacity(), begin + bytes), kept_bytes_max_)));
    }
    span.text += buffer.front(bytes);
    kept_bytes_ += bytes;
  } catch (const std::bad_alloc&) {
    stop_keeping(span);
  }
}

void Unsynced::stop_keeping(Span& span) noexcept {
  kept_bytes_ -= span.text.size();
  span.is_kept = false;
  take_memory(span);
}

// For the next span: else, a log that rotates at full speed would have a few MiB made for each
// file, page by page, which was measured at 3 ms.
void Unsynced::take_memory(Span& span) noexcept {
  if (span.text.capacity() > spare_text_.capacity()) spare_text_.swap(span.text);
  if (span.ends.capacity() > spare_ends_.capacity()) spare_ends_.swap(span.ends);
  spare_text_.clear();
  spare_ends_.clear();
  std::string().swap(span.text);
  std::vector<std::size_t>().swap(span.ends);
}

Unsynced::Suspect Unsynced::suspect() const {
  Suspect found;
  for (const Span& span : spans_) {
    if (!span.file->is_suspect()) continue;
    if (found.files.empty()) found.position = span.begin_position;
    if (std::find(found.files.begin(), found.files.end(), span.file) == found.files.end()) {
      found.files.push_back(span.file);
    }
    found.position = std::min(found.position, span.begin_position);
    (span.is_kept ? found.kept_records : found.other_records) += span.records;
    (span.is_kept ? found.kept_bytes : found.other_bytes) += span.bytes;
  }
  return found;
}

void Unsynced::copy_suspect(RecordBuffer& out) const {
  for (const Span& span : spans_) {
    if (!span.file->is_suspect() || !span.is_kept) continue;
    std::size_t begin = 0;
    for (const std::size_t end : span.ends) {
      append_record(out, std::string_view(span.text).substr(begin, end - begin));
      begin = end;
    }
  }
}

void Unsynced::forget_suspect() {
  erase_spans([](const Span& span) { return span.file->is_suspect(); });
  if (!spans_.empty()) spans_.back().is_open = false;
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
  erase_spans([&](const Span& span) {
    return span.names_version != 0 && span.names_version <= names_version;
  });
}

}  // namespace lathe
