// SPDX-License-Identifier: MIT
//
// A place in the source that logs, and what is known about it. Programs name nothing of this.

#pragma once

#include <fmt/format.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <lathe/format_pieces.hpp>

#pragma GCC visibility push(default)

namespace lathe {

// Formats packed arguments (see deferred.hpp) with `format`; runs on the backend thread. Reads
// nothing behind `end`, whatever the bytes are: they may come from a damaged spool.
using DecodeFunction = void (*)(const std::byte* payload, const std::byte* end,
                                const FormatPieces& format, fmt::memory_buffer& out);

// One place in the source that logs: a constant-initialised static of a macro. It registers itself
// on its first call, so that a record needs only a number, and so that the number stays valid
// after the object file that held the place was unloaded.
struct Site {
  const char* path;
  unsigned line;
  mutable std::atomic<std::uint32_t> id{0};  // 0: not registered yet; edge I
  FormatPieces format;
};

// A format string of a macro: an array, or a std::string_view.
template <std::size_t kBytes>
constexpr std::string_view text_of(const char (&literal)[kBytes]) noexcept {
  return {literal, kBytes - (literal[kBytes - 1] == '\0' ? 1 : 0)};
}
constexpr std::string_view text_of(std::string_view text) noexcept { return text; }

// A macro's place, with a copy of its format, so that blocks of it may be read.
template <std::size_t kTextBytes>
struct MacroSite : Site {
  constexpr MacroSite(const char* path_, unsigned line_, std::string_view format_) noexcept
      : Site{.path = path_, .line = line_, .format = {}} {
    format_.copy(text, kTextBytes);
    format = split_format(text, kTextBytes);
  }

  char text[kTextBytes + FormatPieces::kBlockBytes]{};
};

// Number of a place that could not be registered: no memory, or 65,535 places already. A call from
// there is formatted at once, since nothing would know how to format it later.
inline constexpr std::uint32_t kUnknownSite = 1;

// Registers `site` (once, whoever comes first) and returns its number. Never throws; without
// memory it returns kUnknownSite, and the next call tries again.
std::uint32_t register_site(const Site& site, DecodeFunction decode) noexcept;

// The same for a function call, whose place is found again in a small cache of the thread. Its
// number is set, and may be kUnknownSite; it has a copy of the format, and lives until the process
// ends.
const Site& find_site(const char* path, unsigned line, DecodeFunction decode,
                      fmt::string_view format) noexcept;

}  // namespace lathe

#pragma GCC visibility pop
