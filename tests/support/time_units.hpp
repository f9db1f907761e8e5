// SPDX-License-Identifier: MIT
//
// Units of time by name, for tests of clocks and calendars.

#pragma once

#include <cstdint>

namespace lathe {

inline constexpr std::int64_t kMinute = 60;  // in seconds
inline constexpr std::int64_t kHour = 3600;
inline constexpr std::int64_t kDay = 24 * kHour;

inline constexpr std::int64_t kSecondNs = 1'000'000'000;
inline constexpr std::int64_t kHourNs = kHour * kSecondNs;
inline constexpr std::int64_t kDayNs = kDay * kSecondNs;

}  // namespace lathe
