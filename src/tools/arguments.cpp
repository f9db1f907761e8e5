// SPDX-License-Identifier: MIT

#include "tools/arguments.hpp"

#include <bit>
#include <charconv>
#include <limits>
#include <optional>

namespace lathe::tools {
namespace {

// A number and what follows it.
struct Quantity {
  std::uint64_t number;
  std::string_view unit;
};

// Returns nothing if the text does not start with a digit or the number has no room in 64 bits.
std::optional<Quantity> split_quantity(std::string_view text) {
  const char* const end = text.data() + text.size();
  Quantity quantity{};
  const auto [rest, error] = std::from_chars(text.data(), end, quantity.number);
  if (error != std::errc{}) {
    return std::nullopt;
  }
  quantity.unit = std::string_view(rest, static_cast<std::size_t>(end - rest));
  return quantity;
}

// What a size is multiplied by; zero for an unknown unit.
std::uint64_t size_factor(std::string_view unit) {
  if (unit.empty()) {
    return 1;
  }
  if (unit.size() != 1) {
    return 0;
  }
  switch (unit.front()) {
    case 'k':
    case 'K':
      return std::uint64_t{1} << 10;
    case 'm':
    case 'M':
      return std::uint64_t{1} << 20;
    case 'g':
    case 'G':
      return std::uint64_t{1} << 30;
    default:
      return 0;
  }
}

// Nanoseconds of a unit of time; zero for an unknown one.
std::uint64_t duration_factor(std::string_view unit) {
  struct Unit {
    std::string_view name;
    std::uint64_t ns;
  };
  constexpr Unit kUnits[] = {{"ms", 1'000'000},
                             {"s", 1'000'000'000},
                             {"m", 60'000'000'000},
                             {"h", 3'600'000'000'000},
                             {"d", 86'400'000'000'000}};
  for (const Unit& known : kUnits) {
    if (known.name == unit) {
      return known.ns;
    }
  }
  return 0;
}

constexpr std::string_view kSizeReason =
    "is not a size: give bytes, or a number with K, M or G, at least 1";
constexpr std::string_view kCountReason = "is not a count: give a number, at least 1";
constexpr std::string_view kDurationReason =
    "is not a duration: give a number with ms, s, m, h or d, such as 1s";
constexpr std::string_view kModeReason =
    "is not a mode: give up to four octal digits, such as 0640";
constexpr std::size_t kModeDigitsMax = 4;

}  // namespace

ArgumentError::ArgumentError(std::string_view option, std::string_view text,
                             std::string_view reason)
    : std::invalid_argument(std::string(option) + ": '" + std::string(text) + "' " +
                            std::string(reason)) {}

std::uint64_t parse_size(std::string_view option, std::string_view text) {
  const std::optional<Quantity> quantity = split_quantity(text);
  const std::uint64_t factor = quantity ? size_factor(quantity->unit) : 0;
  if (factor == 0 || quantity->number == 0) {
    throw ArgumentError(option, text, kSizeReason);
  }
  // Signed, because file sizes are.
  if (quantity->number > std::numeric_limits<std::int64_t>::max() / factor) {
    throw ArgumentError(option, text, "is larger than any file can be");
  }
  return quantity->number * factor;
}

std::uint64_t parse_queue_size(std::string_view option, std::string_view text) {
  const std::uint64_t bytes = parse_size(option, text);
  if (!std::has_single_bit(bytes) || bytes < std::uint64_t{4} << 10 ||
      bytes > std::uint64_t{1} << 30) {
    throw ArgumentError(option, text, "is not a power of two from 4K to 1G");
  }
  return bytes;
}

std::uint64_t parse_count(std::string_view option, std::string_view text) {
  const std::optional<Quantity> quantity = split_quantity(text);
  if (!quantity || !quantity->unit.empty() || quantity->number == 0) {
    throw ArgumentError(option, text, kCountReason);
  }
  return quantity->number;
}

std::chrono::nanoseconds parse_duration(std::string_view option, std::string_view text) {
  const std::optional<Quantity> quantity = split_quantity(text);
  const std::uint64_t factor = quantity ? duration_factor(quantity->unit) : 0;
  if (factor == 0 || quantity->number == 0) {
    throw ArgumentError(option, text, kDurationReason);
  }
  if (quantity->number > std::numeric_limits<std::int64_t>::max() / factor) {
    throw ArgumentError(option, text, "is longer than 292 years");
  }
  return std::chrono::nanoseconds(static_cast<std::int64_t>(quantity->number * factor));
}

unsigned parse_mode(std::string_view option, std::string_view text) {
  const char* const end = text.data() + text.size();
  unsigned mode = 0;
  const auto [rest, error] = std::from_chars(text.data(), end, mode, 8);
  if (error != std::errc{} || rest != end || text.size() > kModeDigitsMax) {
    throw ArgumentError(option, text, kModeReason);
  }
  return mode;
}

}  // namespace lathe::tools
