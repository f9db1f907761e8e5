// SPDX-License-Identifier: MIT
//
// A first estimate of how long a tick of Clock::stamp() is.

#pragma once

#include "os/clock.hpp"

namespace lathe {

// Nanoseconds per tick: 1 for clocks whose ticks are nanoseconds; for the time stamp counter it is
// measured once in the process, over 200 us, to about 0.1 %. The drain's calibration goes on from
// there.
[[nodiscard]] double tick_rate_ns(const Clock& clock);

}  // namespace lathe
