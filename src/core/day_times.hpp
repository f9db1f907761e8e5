// SPDX-License-Identifier: MIT
//
// Texts of RotationOptions -> moments of a day or a week. Pure.
// Does not know: zones, dates.

#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace lathe {

// Parse "06:00,18:30" and "mon 06:00,fri 18:30:15" (case is ignored, blanks around commas too) to
// seconds since the beginning of the day, or of the week (Monday 00:00). Sorted, without doubles;
// an empty text has none. Throw OptionError with `field`, the part that is wrong, and why.
//
// Tested by: DayTimesTest
[[nodiscard]] std::vector<std::int64_t> parse_daily(std::string_view field, std::string_view text);
[[nodiscard]] std::vector<std::int64_t> parse_weekly(std::string_view field, std::string_view text);

}  // namespace lathe
