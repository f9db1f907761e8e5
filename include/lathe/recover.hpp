// SPDX-License-Identifier: MIT
//
// Recovery by hand: what `lathe recover` does, for the logs of programs that do not come back.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#pragma GCC visibility push(default)

namespace lathe {

// What recover_spools() did.
struct RecoverReport {
  std::uint64_t records_written = 0;
  std::uint64_t files_written = 0;  // log files that something was left of
  std::uint64_t spools_kept = 0;    // with something that could not be written: see `errors`
  std::vector<std::string> errors;  // a line each, with the path of the file or the spool
};

// Writes all records that dead processes of this user have left in spools in `directory` (see
// BackendOptions::crash_safe) to the log files they were for, each once, brings them to the device,
// and removes the spools. A Backend does the same for the files that it opens. Files are not
// rotated. Deferred records can be formatted by the program that made them only: their spools stay.
//
// Throws:    std::system_error with the path: the directory cannot be read
// Threads:   any; safe beside running loggers, whose spools and files it leaves alone
// Cost:      reads the directory, and all of the spools in it
// Tested by: recover_test.py
[[nodiscard]] RecoverReport recover_spools(const std::string& directory = "/dev/shm");

}  // namespace lathe

#pragma GCC visibility pop
