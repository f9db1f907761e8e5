// SPDX-License-Identifier: MIT
//
// Producer's way for records that are larger than its queue should carry, or than is allowed.

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "queue/cut_text.hpp"
#include "queue/producer.hpp"
#include "queue/site_registry.hpp"
#include "queue/spool.hpp"

namespace lathe {

void Producer::push_oversized(const RecordHeader& header, const std::byte* payload) noexcept {
  if (header.kind != RecordKind::packed) {
    push_text(header, {reinterpret_cast<const char*>(payload), header.size_bytes - sizeof(header)});
    return;
  }
  // Packed arguments cannot be cut; their text can.
  const SiteEntry& site = SiteRegistry::instance().entry(header.site);
  try {
    fmt::memory_buffer text;
    format_packed(site.decode, site.format.pieces(), {payload, header.size_bytes - sizeof(header)},
                  text);
    push_text(header, {text.data(), text.size()});
  } catch (...) {  // no memory for the text
    note_drop(header, DropCause::no_memory);
  }
}

void Producer::push_text(const RecordHeader& header, std::string_view text) noexcept {
  const std::uint64_t bytes_max = shared_->options.record_bytes_max;
  if (text.size() <= bytes_max) {
    push_heap(header, text);
    return;
  }
  try {
    const std::string_view kept = cut_utf8(text, bytes_max);
    push_heap(header, std::string(kept) + cut_note(text.size() - kept.size()));
  } catch (...) {  // no memory for the shortened text
    note_drop(header, DropCause::no_memory);
  }
}

// Returns false, with nothing done, if the spool has no room for it.
bool Producer::push_to_spool(const RecordHeader& header, std::string_view text) noexcept {
  const std::optional<std::uint64_t> offset =
      shared_->spool->add_large(text, shared_->heap_bytes_max);
  if (!offset) return false;
  alignas(8) std::byte record[sizeof(RecordHeader) + sizeof(SpoolText)];
  if (!admit(header, sizeof(record), text.size())) {
    shared_->spool->free_large(*offset);
    return true;  // refused, and counted
  }
  RecordHeader large = header;
  large.kind = RecordKind::spool_text;
  large.size_bytes = sizeof(record);
  const SpoolText where{*offset, text.size()};
  std::memcpy(record, &large, sizeof(large));
  std::memcpy(record + sizeof(large), &where, sizeof(where));
  std::memcpy(next, record, sizeof(record));
  publish_record(*this, sizeof(record));
  set_budget();
  return true;
}

void Producer::push_heap(const RecordHeader& header, std::string_view text) noexcept {
  if (memory_.is_in_spool() && push_to_spool(header, text)) return;
  alignas(8) std::byte record[sizeof(RecordHeader) + sizeof(HeapText)];
  RecordHeader heap_header = header;
  heap_header.kind = RecordKind::heap_text;
  heap_header.size_bytes = sizeof(record);
  std::memcpy(record, &heap_header, sizeof(heap_header));

  // Memory first, so that nothing has to be given back that others may be waiting for.
  char* block = static_cast<char*>(std::malloc(std::max<std::size_t>(text.size(), 1)));
  if (block == nullptr) {
    note_drop(header, DropCause::no_memory);
    return;
  }
  if (!admit(header, sizeof(record), text.size())) {
    std::free(block);
    return;
  }
  std::memcpy(block, text.data(), text.size());
  const HeapText heap{block, text.size()};
  std::memcpy(record + sizeof(heap_header), &heap, sizeof(heap));
  std::memcpy(next, record, sizeof(record));
  publish_record(*this, sizeof(record));
  set_budget();
}

}  // namespace lathe
