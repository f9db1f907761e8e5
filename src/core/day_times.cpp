// SPDX-License-Identifier: MIT

#include "core/day_times.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include <lathe/units.hpp>

#include "core/calendar.hpp"

namespace lathe {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::array<std::string_view, 7> kDayNames = {"mon", "tue", "wed", "thu",
                                                       "fri", "sat", "sun"};

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);  // npos + 1 is 0
}

// Two digits below `limit`.
std::optional<std::int64_t> two_digits(std::string_view text, std::int64_t limit) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 2 || !is_digit(text[0]) || !is_digit(text[1])) return std::nullopt;
  const std::int64_t value = (text[0] - '0') * 10 + (text[1] - '0');
  return value < limit ? std::optional(value) : std::nullopt;
}

// "06:30" or "06:30:15".
std::optional<std::int64_t> second_of_day(std::string_view text) {
  const bool has_seconds = text.size() == 8;
  if ((text.size() != 5 && !has_seconds) || text[2] != ':') return std::nullopt;
  if (has_seconds && text[5] != ':') return std::nullopt;
  const auto hour = two_digits(text.substr(0, 2), 24);
  const auto minute = two_digits(text.substr(3, 2), 60);
  const auto second = has_seconds ? two_digits(text.substr(6), 60) : 0;
  if (!hour || !minute || !second) return std::nullopt;
  return (*hour * 60 + *minute) * 60 + *second;
}

// "mon 06:30".
std::optional<std::int64_t> second_of_week(std::string_view text) {
  const std::size_t name_size = text.find_first_of(kBlanks);
  if (name_size == std::string_view::npos) return std::nullopt;
  std::string name(text.substr(0, name_size));
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const auto* const day = std::find(kDayNames.begin(), kDayNames.end(), name);
  const auto second = second_of_day(trimmed(text.substr(name_size)));
  if (day == kDayNames.end() || !second) return std::nullopt;
  return (day - kDayNames.begin()) * kDaySeconds + *second;
}

template <typename Parse>
std::vector<std::int64_t> parse_list(std::string_view field, std::string_view text, Parse parse,
                                     std::string_view complaint) {
  std::vector<std::int64_t> moments;
  for (bool is_last = text.empty(); !is_last;) {
    const std::size_t comma = text.find(',');
    is_last = comma == std::string_view::npos;
    const std::string_view part = trimmed(text.substr(0, comma));
    const std::optional<std::int64_t> moment = parse(part);
    if (!moment) {
      throw OptionError(std::string(field),
                        "\"" + std::string(part) + "\" " + std::string(complaint));
    }
    moments.push_back(*moment);
    if (!is_last) text.remove_prefix(comma + 1);
  }
  std::sort(moments.begin(), moments.end());
  moments.erase(std::unique(moments.begin(), moments.end()), moments.end());
  return moments;
}

}  // namespace

std::vector<std::int64_t> parse_daily(std::string_view field, std::string_view text) {
  return parse_list(field, text, second_of_day, R"(is no time of day, as in "06:30")");
}

std::vector<std::int64_t> parse_weekly(std::string_view field, std::string_view text) {
  return parse_list(field, text, second_of_week, R"(is no day and time, as in "mon 06:30")");
}

}  // namespace lathe
