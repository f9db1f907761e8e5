// SPDX-License-Identifier: MIT
//
// Names of levels, and back.

#include <lathe/level.hpp>

#include <array>

namespace lathe {
namespace {

struct NamedLevel {
  std::string_view name;
  Level level;
};

// In the order of the enumeration; the other loggers' words come after it.
constexpr std::array<NamedLevel, 9> kNames = {{
    {"trace", Level::trace},
    {"debug", Level::debug},
    {"info", Level::info},
    {"warn", Level::warn},
    {"error", Level::error},
    {"critical", Level::critical},
    {"off", Level::off},
    {"warning", Level::warn},
    {"fatal", Level::critical},
}};

// Not std::tolower: that one asks the locale.
constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool equals_any_case(std::string_view text, std::string_view lower_name) noexcept {
  if (text.size() != lower_name.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (lower(text[i]) != lower_name[i]) return false;
  }
  return true;
}

}  // namespace

std::string_view level_name(Level level) noexcept {
  const auto index = static_cast<std::size_t>(level);
  return index <= static_cast<std::size_t>(Level::off) ? kNames[index].name : "?";
}

std::optional<Level> parse_level(std::string_view name) noexcept {
  for (const NamedLevel& named : kNames) {
    if (equals_any_case(name, named.name)) return named.level;
  }
  return std::nullopt;
}

}  // namespace lathe
