// SPDX-License-Identifier: MIT

#include "core/report_text.hpp"

#include <fmt/format.h>

#include <string_view>

namespace lathe {

namespace {

std::string_view cause_text(DropCause cause) noexcept {
  switch (cause) {
    case DropCause::queue_full:
      return "queue full";
    case DropCause::shed:
      return "queue above 3/4, low level";
    case DropCause::no_memory:
      return "no memory";
  }
  return "unknown cause";
}

}  // namespace

std::string grouped(std::uint64_t number) {
  std::string text = fmt::to_string(number);
  for (std::size_t end = text.size(); end > 3; end -= 3) {
    text.insert(end - 3, 1, ',');
  }
  return text;
}

std::string duration_text(std::int64_t duration_ns) {
  struct Unit {
    std::int64_t ns;
    std::string_view name;
  };
  constexpr Unit kUnits[] = {{1'000'000'000, "s"}, {1'000'000, "ms"}, {1'000, "us"}};
  for (const Unit& unit : kUnits) {
    if (duration_ns >= unit.ns) {
      return fmt::format("{} {}", duration_ns / unit.ns, unit.name);
    }
  }
  return fmt::format("{} ns", duration_ns);
}

std::string drop_text(std::uint64_t count, std::int64_t duration_ns, DropCause cause) {
  return fmt::format("dropped {} record{} in {}: {}", grouped(count), count == 1 ? "" : "s",
                     duration_text(duration_ns), cause_text(cause));
}

}  // namespace lathe
