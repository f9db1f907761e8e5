// SPDX-License-Identifier: MIT
//
// Wall-clock nanoseconds as text.

#include "core/timestamp.hpp"

#include <algorithm>
#include <cstring>
#include <span>

#include <fmt/format.h>

#include "core/plain_time.hpp"

namespace lathe {
namespace {

// What POSIX strftime takes, and three that all Linux systems add: k, l, P. %s is ours, since
// strftime's would read a UTC time as a local one.
constexpr std::string_view kTimeConversions = "aAbBcCdDeFgGhHIjklmMnpPrRSstTuUVwWxXyYzZ%";
constexpr std::string_view kWithE = "cCxXyY";
constexpr std::string_view kWithO = "deHImMSuUVwWy";

constexpr bool has(std::string_view set, char c) noexcept {
  return set.find(c) != std::string_view::npos;
}

// Length of the conversion that starts at the '%' at `format[0]`; 0 if there is none such.
constexpr std::size_t conversion_bytes(std::string_view format) noexcept {
  if (format.size() < 2) return 0;
  if (has(kTimeConversions, format[1]) || format[1] == 'f') return 2;
  if (format.size() < 3) return 0;
  if (format[1] == 'E' && has(kWithE, format[2])) return 3;
  if (format[1] == 'O' && has(kWithO, format[2])) return 3;
  if (has("369", format[1]) && format[2] == 'f') return 3;
  return 0;
}

}  // namespace

std::optional<TimestampError> check_timestamp_format(std::string_view format) {
  std::size_t fractions = 0;
  std::size_t literal_bytes = 0;
  for (std::size_t i = 0; i < format.size();) {
    if (format[i] != '%') {
      ++i;
      if (++literal_bytes > Timestamp::kLiteralBytesMax) return TimestampError{i - 1, "too long"};
      continue;
    }
    const std::size_t size = conversion_bytes(format.substr(i));
    if (size == 0) return TimestampError{i, "no conversion that strftime knows, nor a fraction"};
    if (format[i + size - 1] == 'f' && ++fractions > Timestamp::kFractionsMax) {
      return TimestampError{i, "too many fractions of a second"};
    }
    i += size;
  }
  return std::nullopt;
}

Timestamp::Timestamp(std::string_view format, TimeZone zone) : zone_(zone) {
  for (std::size_t i = 0; i < format.size();) {
    if (format[i] != '%') {
      const std::size_t end = std::min(format.find('%', i), format.size());
      pieces_.push_back({Piece::Kind::text, std::string(format.substr(i, end - i))});
      i = end;
      continue;
    }
    const std::string_view conversion = format.substr(i, conversion_bytes(format.substr(i)));
    i += conversion.size();
    if (conversion.back() == 'f') {
      const int digits = conversion.size() == 2 ? 6 : conversion[1] - '0';
      pieces_.push_back({Piece::Kind::fraction, {}, static_cast<std::uint8_t>(digits)});
    } else if (conversion == "%s") {
      pieces_.push_back({Piece::Kind::epoch, {}});
    } else {
      pieces_.push_back({Piece::Kind::conversion, std::string(conversion)});
    }
  }
  start_second(0);
}

void Timestamp::start_second(std::int64_t wall_ns) noexcept {
  constexpr auto kDivisor = static_cast<std::int64_t>(kSecondNs);
  const std::int64_t second = wall_ns / kDivisor - (wall_ns % kDivisor < 0 ? 1 : 0);
  second_start_ns_ = static_cast<std::uint64_t>(second) * kSecondNs;
  fraction_count_ = 0;
  unit_ns_ = kSecondNs;
  unit_start_ns_ = 0;  // append_fraction() writes zeros
  size_bytes_ = 0;
  const std::time_t time = second;
  std::tm fields{};
  if (offset_s_ != nullptr) {
    fields = plain_fields(second, offset_s_->load(std::memory_order_relaxed));  // just a number
  } else if (zone_ == TimeZone::utc) {
    gmtime_r(&time, &fields);
  } else {
    localtime_r(&time, &fields);
  }
  for (const Piece& piece : pieces_) {
    switch (piece.kind) {
      case Piece::Kind::text:
        append(piece.text);
        break;
      case Piece::Kind::conversion:
        append_conversion(piece.text.c_str(), fields);
        break;
      case Piece::Kind::epoch:
        append(fmt::format_int(second).c_str());
        break;
      case Piece::Kind::fraction:
        append_fraction(piece.digits);
        break;
    }
  }
}

void Timestamp::append(std::string_view text) noexcept {
  const std::size_t size = std::min(text.size(), kTextBytesMax - size_bytes_);
  std::memcpy(text_.data() + size_bytes_, text.data(), size);
  size_bytes_ += static_cast<std::uint32_t>(size);
}

void Timestamp::append_conversion(const char* format, const std::tm& time) noexcept {
  if (offset_s_ != nullptr) {
    const char conversion = std::string_view(format).back();
    size_bytes_ += static_cast<std::uint32_t>(
        write_plain_time(conversion, time, std::span(text_).subspan(size_bytes_)));
    return;
  }
  // The format is data by nature; it was checked to be one conversion.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  // 0 for text that does not fit as well as for empty text (%p in some locales): nothing is added.
  size_bytes_ += static_cast<std::uint32_t>(
      std::strftime(text_.data() + size_bytes_, kTextBytesMax - size_bytes_, format, &time));
#pragma GCC diagnostic pop
}

void Timestamp::append_fraction(std::uint8_t digits) noexcept {
  if (kTextBytesMax - size_bytes_ < digits) return;
  fractions_[fraction_count_++] = {static_cast<std::uint16_t>(size_bytes_), digits};
  unit_ns_ = std::min(unit_ns_, digits == 3 ? 1'000'000 : digits == 6 ? 1'000 : std::uint64_t{1});
  append(std::string_view("000000000", digits));
}

}  // namespace lathe
