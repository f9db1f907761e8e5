// SPDX-License-Identifier: MIT
//
// Rendering of names and numbers, its cache, and alignment.

#include "core/segment.hpp"

#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "core/escape.hpp"

namespace lathe {
namespace {

constexpr std::size_t kFieldNumberBytesMax = 10;  // of a std::uint32_t
constexpr std::size_t kLevelBytesMax = 8;         // "critical"
constexpr std::uint64_t kAll = UINT64_MAX;

char* copy(std::string_view text, char* out) noexcept {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

char* copy_number(std::uint32_t number, char* out) noexcept {
  const fmt::format_int digits(number);
  return copy({digits.data(), digits.size()}, out);
}

constexpr bool starts_code_point(char c) noexcept {
  return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
}

// Moves `text` on by `count` code points, or to `end` if there are fewer; `count` is what is left.
char* skip_code_points(char* text, const char* end, std::uint32_t& count) noexcept {
  while (text != end) {
    if (starts_code_point(*text)) {
      if (count == 0) break;
      --count;
    }
    ++text;
  }
  return text;
}

char* fill_columns(std::string_view fill, std::size_t columns, char* out) noexcept {
  for (std::size_t i = 0; i < columns; ++i) out = copy(fill, out);
  return out;
}

char* render_field(const PatternField& field, const Record& record, char* out) noexcept {
  switch (field.kind) {
    case FieldKind::text:
      return copy(field.text, out);
    case FieldKind::level:
      return copy(level_name(record.level), out);
    case FieldKind::thread:
      return copy_number(record.thread_id(), out);
    case FieldKind::thread_name:
      return copy_escaped(record.thread_name(), out);
    case FieldKind::logger:
      return copy_escaped(record.logger_name(), out);
    case FieldKind::file:
      return copy_escaped(record.file(), out);
    case FieldKind::path:
      return copy_escaped(record.path(), out);
    case FieldKind::line:
      return copy_number(record.line(), out);
    case FieldKind::process:
    case FieldKind::time:
    case FieldKind::message:
      break;  // not in a segment
  }
  return out;
}

}  // namespace

char* apply_spec(const FieldSpec& spec, char* begin, char* end) noexcept {
  std::uint32_t room = spec.precision;
  if (room != FieldSpec::kNoPrecision) end = skip_code_points(begin, end, room);
  std::uint32_t padding = spec.width;  // the columns that the text does not fill
  skip_code_points(begin, end, padding);
  if (padding == 0) return end;

  const std::size_t before = spec.align == Align::left    ? 0
                             : spec.align == Align::right ? padding
                                                          : padding / 2;
  const auto size = static_cast<std::size_t>(end - begin);
  char* const text = begin + before * spec.fill.size();
  std::memmove(text, begin, size);
  fill_columns(spec.fill, before, begin);
  return fill_columns(spec.fill, padding - before, text + size);
}

Segment::Segment(std::vector<PatternField> fields) : fields_(std::move(fields)) {
  for (const PatternField& field : fields_) note_field(field);
  if ((thread_mask_ | logger_mask_ | source_mask_ | level_mask_) != 0) {
    cache_ = std::make_unique<Cache>();
    stride_ = source_mask_ != 0 ? kEntries / 4 : 1;
    return;
  }
  literal_.resize(bound_fixed_ + kBlockBytes);
  const char* const end = render_fields(Record{}, literal_.data());
  literal_bytes_ = static_cast<std::size_t>(end - literal_.data());
}

void Segment::note_field(const PatternField& field) {
  bound_fixed_ += field.text.size() + field.spec.bound();
  switch (field.kind) {
    case FieldKind::level:
      level_mask_ = kAll;
      bound_fixed_ += kLevelBytesMax;
      break;
    case FieldKind::thread:
      thread_mask_ = kAll;
      bound_fixed_ += kFieldNumberBytesMax;
      break;
    case FieldKind::line:
      source_mask_ = kAll;
      bound_fixed_ += kFieldNumberBytesMax;
      break;
    case FieldKind::thread_name:
      thread_mask_ = kAll;
      name_factors_.thread_name += kEscapeFactor;
      break;
    case FieldKind::logger:
      logger_mask_ = kAll;
      name_factors_.logger += kEscapeFactor;
      break;
    case FieldKind::file:
      source_mask_ = kAll;
      name_factors_.file += kEscapeFactor;
      break;
    case FieldKind::path:
      source_mask_ = kAll;
      name_factors_.path += kEscapeFactor;
      break;
    case FieldKind::text:
    case FieldKind::process:
    case FieldKind::time:
    case FieldKind::message:
      break;
  }
}

char* Segment::render_new(const Record& record, const Key& key, Entry& entry, char* out) noexcept {
  char* const end = render_fields(record, out);
  const auto size = static_cast<std::size_t>(end - out);
  if (!is_lasting(record) || size > kEntryBytes) return end;
  std::memcpy(entry.text.data(), out, size);
  entry.key = key;
  entry.size_bytes = static_cast<std::uint32_t>(size);
  return end;
}

char* Segment::render_fields(const Record& record, char* out) const noexcept {
  for (const PatternField& field : fields_) {
    char* const end = render_field(field, record, out);
    out = field.spec.is_plain() ? end : apply_spec(field.spec, out, end);
  }
  return out;
}

}  // namespace lathe
