// SPDX-License-Identifier: MIT

#include "core/report_text.hpp"

#include <fmt/format.h>

#include <algorithm>
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

// Every text goes to memory of the caller, for drop_text in a signal handler.
char* write_text(std::string_view text, char* out) noexcept {
  return std::copy(text.begin(), text.end(), out);
}

constexpr std::size_t kGroupedBytesMax = 26;  // 20 digits and 6 commas

char* write_grouped(std::uint64_t number, char* out) noexcept {
  const fmt::format_int digits(number);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i != 0 && (digits.size() - i) % 3 == 0) *out++ = ',';
    *out++ = digits.data()[i];
  }
  return out;
}

constexpr std::size_t kDurationBytesMax = 24;  // 20 characters of a number, and its unit

char* write_duration(std::int64_t duration_ns, char* out) noexcept {
  struct Unit {
    std::int64_t ns;
    std::string_view name;
  };
  constexpr Unit kUnits[] = {{1'000'000'000, " s"}, {1'000'000, " ms"}, {1'000, " us"}};
  Unit unit{1, " ns"};
  for (const Unit& each : kUnits) {
    if (duration_ns >= each.ns) {
      unit = each;
      break;
    }
  }
  const fmt::format_int digits(duration_ns / unit.ns);
  return write_text(unit.name, write_text({digits.data(), digits.size()}, out));
}

}  // namespace

std::string grouped(std::uint64_t number) {
  std::array<char, kGroupedBytesMax> room{};
  return {room.data(), write_grouped(number, room.data())};
}

std::string duration_text(std::int64_t duration_ns) {
  std::array<char, kDurationBytesMax> room{};
  return {room.data(), write_duration(duration_ns, room.data())};
}

std::string_view drop_text(std::uint64_t count, std::int64_t duration_ns, DropCause cause,
                           DropTextRoom& room) noexcept {
  char* out = write_text("dropped ", room.data());
  out = write_grouped(count, out);
  out = write_text(count == 1 ? " record in " : " records in ", out);
  out = write_duration(duration_ns, out);
  out = write_text(": ", out);
  out = write_text(cause_text(cause), out);
  return {room.data(), static_cast<std::size_t>(out - room.data())};
}

std::string drop_text(std::uint64_t count, std::int64_t duration_ns, DropCause cause) {
  DropTextRoom room;
  return std::string(drop_text(count, duration_ns, cause, room));
}

}  // namespace lathe
