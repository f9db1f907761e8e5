// SPDX-License-Identifier: MIT
//
// The last resort of every message: standard error.

#pragma once

#include <string_view>

namespace lathe {

// Writes `line` and a line end, in one write where the kernel takes it whole. What stderr
// refuses is given up: there is nowhere left to tell it.
//
// Threads:   thread-safe
// Tested by: StderrLineTest
void write_stderr_line(std::string_view line) noexcept;

}  // namespace lathe
