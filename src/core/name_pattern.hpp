// SPDX-License-Identifier: MIT
//
// NamePattern: a compiled NamingOptions::pattern, and the text of a stamp in it. Knows the language
// of names; does not know sequences, packing, which names belong to one log (backup_name.hpp).

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <lathe/file_options.hpp>

namespace lathe {

// A piece of {time:...}. Each has a fixed width, so that a text can be read in one way only.
struct StampPiece {
  enum class Kind : std::uint8_t {
    text,
    year,
    month,
    day,
    hour,
    minute,
    second,
    millisecond,
    zone
  };

  Kind kind = Kind::text;
  std::string text = {};  // what to copy, of Kind::text
};

// Two texts with a stamp or an index between them. Whatever else the pattern names is in the texts.
struct NamePattern {
  std::string prefix;
  std::string suffix;
  std::vector<StampPiece> stamp;
  bool is_indexed = false;  // then `stamp` is empty
};

// Compiles `options.pattern` for a log whose active file has the name `active`.
// Errors: OptionError "naming.pattern: ..." for text that is no pattern, and for one that could
// give one name twice: with neither or both of {time} and {index}, a time without one of year to
// second, local time without %z.
[[nodiscard]] NamePattern parse_name_pattern(const NamingOptions& options, std::string_view active);

// Bytes of any stamp in this form.
[[nodiscard]] std::size_t stamp_width(const std::vector<StampPiece>& pieces) noexcept;

// True if the form says milliseconds.
[[nodiscard]] bool has_milliseconds(const std::vector<StampPiece>& pieces) noexcept;

// Appends the moment `utc_ms` as a clock shows it that is `offset_min` minutes ahead of UTC. By
// that clock, it must be a year from 1970 to 9999; the offset must be less than a day.
void append_stamp(const std::vector<StampPiece>& pieces, std::int64_t utc_ms,
                  std::int64_t offset_min, std::string& out);

// Returns the moment that a text says, in milliseconds since 1970 UTC, by the offset that it says
// (none: UTC). Accepts more than append_stamp makes (any offset, the last of two %Y): whoever
// needs the inverse makes the text again and compares. Any value from 1969 to 10000 may come back.
[[nodiscard]] std::optional<std::int64_t> read_stamp(const std::vector<StampPiece>& pieces,
                                                     std::string_view text) noexcept;

}  // namespace lathe
