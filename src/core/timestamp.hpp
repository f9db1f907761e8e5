// SPDX-License-Identifier: MIT
//
// Timestamp: wall-clock nanoseconds as text, by strftime's conversions and fractions of a second.
// The text of a second is made once and kept; only digits are written for each record.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <lathe/options.hpp>

#include "core/text_copy.hpp"

namespace lathe {

// What {time} without a format means.
inline constexpr std::string_view kTimestampFormatDefault = "%Y-%m-%d %H:%M:%S.%6f";

// Why a time format cannot be used.
struct TimestampError {
  std::size_t position;  // in the format, from 0
  const char* reason;
};

// Returns what is wrong with a time format, if anything. Taken are the conversions of POSIX
// strftime with their E and O forms, %k %l %P %s, and %f %3f %6f %9f for a fraction of a second
// (%f has 6 digits), up to kFractionsMax of those; flags and widths are not.
[[nodiscard]] std::optional<TimestampError> check_timestamp_format(std::string_view format);

// Renders times in one format.
//
// Threads:   thread-compatible; render() changes the cache
// Cost:      a copy and a few digits while times stay in one second; about 1 us for a new second
// Tested by: TimestampTest
class Timestamp {
 public:
  // Longest text. What a locale makes longer is cut at a conversion, never overrun.
  static constexpr std::size_t kTextBytesMax = 256;

  static constexpr std::size_t kFractionsMax = 8;

  // Most bytes of a format that are copied as they are.
  static constexpr std::size_t kLiteralBytesMax = 96;

  // `format` must be one that check_timestamp_format has nothing against.
  Timestamp(std::string_view format, TimeZone zone);

  // From now on, render() is safe in a signal handler: the text is that of the locale "C", and the
  // zone is so many seconds ahead of UTC, whatever it was before.
  void make_plain(const std::atomic<std::int64_t>& offset_s) noexcept { offset_s_ = &offset_s; }

  // Writes the text of `wall_ns` (nanoseconds since 1970 UTC, any sign) and returns its end.
  // `out` must have kTextBytesMax bytes; what lies behind the end may be overwritten.
  char* render(std::int64_t wall_ns, char* out) noexcept {
    std::uint64_t since_ns = static_cast<std::uint64_t>(wall_ns) - second_start_ns_;
    if (since_ns >= kSecondNs) [[unlikely]] {
      start_second(wall_ns);
      since_ns = static_cast<std::uint64_t>(wall_ns) - second_start_ns_;
    }
    copy_padded<kBlockBytes>(text_.data(), size_bytes_, out);
    if (since_ns - unit_start_ns_ >= unit_ns_) write_fractions(since_ns, out);
    return out + size_bytes_;
  }

  // The times that have the same text as the last one: unit_ns() from unit_start_ns() on, as
  // unsigned nanoseconds. The smallest part that is shown, or a second.
  [[nodiscard]] std::uint64_t unit_start_ns() const noexcept {
    return second_start_ns_ + unit_start_ns_;
  }
  [[nodiscard]] std::uint64_t unit_ns() const noexcept { return unit_ns_; }

 private:
  // A conversion for strftime ("%Y", "%Ey"), or text to copy.
  struct Piece {
    enum class Kind : std::uint8_t { text, conversion, epoch, fraction } kind;
    std::string text;
    std::uint8_t digits = 0;
  };

  // Where the digits of a fraction go.
  struct Fraction {
    std::uint16_t offset;
    std::uint16_t digits;
  };

  static constexpr std::uint64_t kSecondNs = 1'000'000'000;
  static constexpr std::size_t kBlockBytes = 32;  // most formats give less

  // Into the line, and, for those that follow within the same unit, into text_: not into text_
  // alone, whose copy would have to wait until the processor has stored the digits.
  void write_fractions(std::uint64_t since_ns, char* out) noexcept {
    for (std::size_t i = 0; i < fraction_count_; ++i) {
      const Fraction& fraction = fractions_[i];
      write_fraction(static_cast<std::uint32_t>(since_ns), fraction.digits, out + fraction.offset);
      std::memcpy(text_.data() + fraction.offset, out + fraction.offset, fraction.digits);
    }
    unit_start_ns_ = since_ns - since_ns % unit_ns_;
  }

  void start_second(std::int64_t wall_ns) noexcept;
  void append(std::string_view text) noexcept;
  void append_conversion(const char* format, const std::tm& time) noexcept;
  void append_fraction(std::uint8_t digits) noexcept;

  // Constant after construction.
  std::vector<Piece> pieces_;
  TimeZone zone_;
  const std::atomic<std::int64_t>* offset_s_ = nullptr;  // of make_plain()

  // Cache: the text of one second, with the fraction of one unit: of the smallest that is shown.
  std::uint64_t second_start_ns_ =
      0;  // unsigned, since the very first second begins before INT64_MIN
  std::uint64_t unit_ns_ = kSecondNs;
  std::uint64_t unit_start_ns_ = 0;  // since the second's start
  std::uint32_t fraction_count_ = 0;
  std::array<Fraction, kFractionsMax> fractions_{};
  std::uint32_t size_bytes_ = 0;
  std::array<char, kTextBytesMax> text_{};
};

}  // namespace lathe
