// SPDX-License-Identifier: MIT
//
// Reads the text of a layout into fields. Knows the language of layouts, and nothing of records.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/segment.hpp"

namespace lathe {

// Largest width of a field, and largest precision. Arbitrary: wider than any screen; each field
// with a width adds that much to what every line must have room for.
inline constexpr std::uint32_t kFieldWidthMax = 1024;

// Returns the fields of `text` in order, literal text among them. Throws
// OptionError(option_name, "... at position N: ...") for text that is no layout.
//
// Tested by: PatternErrorTest
[[nodiscard]] std::vector<PatternField> parse_pattern(std::string_view text,
                                                      const std::string& option_name);

}  // namespace lathe
