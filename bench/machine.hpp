// SPDX-License-Identifier: MIT
//
// What a number means nothing without.

#pragma once

#include <string>

namespace lathe::bench {

// CPU, cores, compiler, build type, libraries and date, and how threads are pinned, a line each;
// and a warning if this is no release build.
[[nodiscard]] std::string machine_text();

}  // namespace lathe::bench
