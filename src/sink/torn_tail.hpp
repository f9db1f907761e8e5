// SPDX-License-Identifier: MIT
//
// The last line of a file that somebody was writing when his process was killed.
// Does not know: records, who else may be writing.

#pragma once

#include <string>
#include <string_view>

#include "sink/log_place.hpp"

namespace lathe {

struct TornTail {
  std::string missing = {};  // what the last line lacks of its end; empty: nothing
  Failure failure = {};      // of looking
};

// What of `line_end` is missing at the end of the active file, if that is `file`. With a shared
// file, only for whoever has the turn: others may just be writing.
//
// Tested by: TornTailTest
[[nodiscard]] TornTail look_at_tail(const LogPlace& place, const LogFile& file,
                                    std::string_view line_end);

}  // namespace lathe
