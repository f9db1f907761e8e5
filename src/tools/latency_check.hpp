// SPDX-License-Identifier: MIT
//
// Reads back what a measurement wrote: numbers of a run whose output is wrong mean nothing.

#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::tools {

struct CheckedOutput {
  std::uint64_t written = 0;  // records of ours
  std::uint64_t missing = 0;  // of those that were logged
  std::string failure;        // what is wrong with a line, and where; empty: nothing
};

// Reads the backups of `path`, oldest first, and `path` itself. Each thread's calls must be there
// in order, each of them once, and every line must be whole and to the letter what was logged;
// lines of logger "lathe" are the backend's own reports and are passed over. Gaps in a thread's
// numbers are counted as missing, which the overflow policy may allow.
//
// `calls` holds how many calls each thread made, numbered from 0; `text` is what they logged
// (append_message). `beat` is called now and then.
//
// Errors:    in the result, be it a file that cannot be read
// Tested by: LatencyCheckTest
[[nodiscard]] CheckedOutput check_output(const std::string& path,
                                         const std::vector<std::uint64_t>& calls,
                                         std::string_view text, const std::function<void()>& beat);

}  // namespace lathe::tools
