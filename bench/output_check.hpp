// SPDX-License-Identifier: MIT
//
// Reads back what a run wrote: a run whose output is wrong has no time.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lathe::bench {

struct Output {
  std::vector<std::string> files;  // in the order of their lines
  std::uint64_t header_lines = 0;  // of each file, before its records
};

// lathe's backups of `path`, oldest first, and the file itself.
[[nodiscard]] std::vector<std::string> lathe_files(const std::string& path);

// Reads the files through; each line must be whole, begin as long as the first one does, and end
// with the message of its number. Returns their bytes. Throws std::runtime_error, which quotes the
// line, if one is missing, torn, wrong or too many.
std::uint64_t check_output(const Output& output, std::uint64_t records);

}  // namespace lathe::bench
