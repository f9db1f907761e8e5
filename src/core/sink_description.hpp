// SPDX-License-Identifier: MIT
//
// What a spool says of a file sink, as bytes: enough to go on writing its file without it.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <lathe/file_options.hpp>
#include <lathe/level.hpp>

namespace lathe {

struct SinkDescription {
  // The file: its name, in a directory without links or dots in its path. (Not the numbers of the
  // directory: those of another file system may be the same after the first was unmounted.)
  std::string path;

  // How its lines are made.
  std::string pattern;
  std::string line_end;
  std::uint32_t process_id = 0;
  TimeZone time_zone = TimeZone::utc;
  Level level_min = Level::trace;
  bool escape = true;

  bool is_shared = false;  // Ownership::shared

  bool operator==(const SinkDescription&) const = default;
};

// Inverse functions. decode returns nothing for bytes that encode cannot have made.
// Tested by: SinkDescriptionTest
[[nodiscard]] std::vector<std::byte> encode(const SinkDescription& description);
[[nodiscard]] std::optional<SinkDescription> decode_description(std::span<const std::byte> bytes);

}  // namespace lathe
