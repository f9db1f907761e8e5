// SPDX-License-Identifier: MIT
//
// Segment: consecutive parts of a line that depend on neither time nor message, with a cache of
// their text; and the alignment of one field.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <lathe/record.hpp>

#include "core/text_copy.hpp"

namespace lathe {

enum class Align : std::uint8_t { left, right, centre };

// Fill, alignment, width and precision of a field. All text is counted in code points.
struct FieldSpec {
  static constexpr std::uint32_t kNoPrecision = UINT32_MAX;

  std::string fill = " ";  // one code point
  Align align = Align::left;
  std::uint32_t width = 0;
  std::uint32_t precision = kNoPrecision;

  [[nodiscard]] bool is_plain() const noexcept { return width == 0 && precision == kNoPrecision; }

  // Most bytes that apply() adds.
  [[nodiscard]] std::size_t bound() const noexcept { return width * fill.size(); }
};

// Cuts and pads the text in [begin, end) in place, and returns its new end, which is at most
// spec.bound() bytes after `end`.
char* apply_spec(const FieldSpec& spec, char* begin, char* end) noexcept;

enum class FieldKind : std::uint8_t {
  text,  // literal
  level,
  thread,
  thread_name,
  process,  // never in a segment: Pattern turns it into text
  logger,
  file,
  path,
  line,
  time,     // never in a segment
  message,  // never in a segment
};

// One field of a layout, as parse_pattern returns it.
struct PatternField {
  FieldKind kind = FieldKind::text;
  FieldSpec spec = {};
  std::string text = {};  // of `text`; of `time`, its format
};

// How many bytes of a line each byte of a name can become: kEscapeFactor for each field that shows
// it.
struct NameFactors {
  std::size_t thread_name = 0;
  std::size_t logger = 0;
  std::size_t file = 0;
  std::size_t path = 0;
};

// Consecutive fields, rendered once for each combination of what they depend on. Records made by
// hand have serials of 0 and are rendered each time.
//
// Threads:   thread-compatible; render() changes the cache
// Cost:      a hit is three comparisons and a copy, 5 ns; a miss renders, 60 ns. The cache takes
//            32 KiB for each segment that depends on anything
// Tested by: SegmentTest, PatternTest
class Segment {
 public:
  // `fields` are of the kinds that a segment can have.
  explicit Segment(std::vector<PatternField> fields);

  // Bytes that render() needs beyond those of the record's names.
  [[nodiscard]] std::size_t bound_fixed() const noexcept { return bound_fixed_; }

  // Bytes that render() needs for each byte of a name.
  [[nodiscard]] const NameFactors& name_factors() const noexcept { return name_factors_; }

  // Writes the text and returns its end; all of bound_fixed() may be overwritten.
  char* render(const Record& record, char* out) noexcept {
    if (cache_ == nullptr) return copy_padded<kBlockBytes>(literal_.data(), literal_bytes_, out);
    const Key key = key_of(record);
    Entry& entry = entry_of(key);
    if (entry.key != key) [[unlikely]]
      return render_new(record, key, entry, out);
    return copy_padded<kEntryBytes / 2>(entry.text.data(), entry.size_bytes, out);
  }

  // What the text depends on; 0 for what it does not depend on.
  struct Key {
    std::uint64_t thread = UINT64_MAX;  // as in an entry that is not used yet
    std::uint64_t logger = UINT64_MAX;
    std::uint64_t source_and_level = UINT64_MAX;

    friend bool operator==(const Key&, const Key&) = default;
  };
  [[nodiscard]] Key key_of(const Record& record) const noexcept {
    const auto level = static_cast<std::uint64_t>(record.level);
    return {record.thread->serial & thread_mask_, record.logger->serial & logger_mask_,
            (record.source->serial * 8 & source_mask_) + (level & level_mask_)};
  }

  // key_of(record) == key, in fewer instructions.
  [[nodiscard]] bool has_key(const Record& record, const Key& key) const noexcept {
    const auto level = static_cast<std::uint64_t>(record.level);
    return (record.thread->serial & thread_mask_) == key.thread &&
           (record.logger->serial & logger_mask_) == key.logger &&
           (record.source->serial * 8 & source_mask_) + (level & level_mask_) ==
               key.source_and_level;
  }

  // True if the text of this record may be kept: nothing that it depends on was made by hand.
  [[nodiscard]] bool is_lasting(const Record& record) const noexcept {
    return (thread_mask_ == 0 || record.thread->serial != 0) &&
           (logger_mask_ == 0 || record.logger->serial != 0) &&
           (source_mask_ == 0 || record.source->serial != 0);
  }

 private:
  // 64 call sites in four threads. What is not used of it takes no room in the CPU's cache.
  static constexpr std::size_t kEntries = 256;
  static constexpr std::size_t kEntryBytes = 96;  // with its key, an entry is two cache lines

  static constexpr std::size_t kBlockBytes = 16;  // of literal text, mostly just a line end

  struct alignas(64) Entry {
    Key key;
    std::uint32_t size_bytes = 0;
    std::array<char, kEntryBytes> text{};
  };
  static_assert(sizeof(Entry) == 128);
  using Cache = std::array<Entry, kEntries>;

  // Serials count up from 1, so they are better than a hash of them, which would let one in five
  // of 48 call sites share an entry. 64 call sites never do: the rest moves them by 64 at a time.
  [[nodiscard]] Entry& entry_of(const Key& key) noexcept {
    const std::uint64_t others = key.thread + 3 * key.logger + 5 * (key.source_and_level % 8);
    return (*cache_)[(key.source_and_level / 8 + others * stride_) % kEntries];
  }

  void note_field(const PatternField& field);
  char* render_new(const Record& record, const Key& key, Entry& entry, char* out) noexcept;
  char* render_fields(const Record& record, char* out) const noexcept;

  // Constant after construction.
  std::vector<PatternField> fields_;
  std::size_t bound_fixed_ = kEntryBytes;
  NameFactors name_factors_;
  std::uint64_t thread_mask_ = 0;  // all ones where the text depends on it
  std::uint64_t logger_mask_ = 0;
  std::uint64_t source_mask_ = 0;
  std::uint64_t level_mask_ = 0;
  std::uint64_t stride_ = 1;  // entries from one thread's to the next one's
  std::string literal_;       // the text, where it depends on nothing; whole blocks
  std::size_t literal_bytes_ = 0;

  std::unique_ptr<Cache> cache_;  // null where the text depends on nothing
};

}  // namespace lathe
