// SPDX-License-Identifier: MIT
//
// When to start a new file. Pure: looks at numbers, touches nothing.
// Does not know: names of files (backup_name.hpp), deletion (retention.hpp), system calls.

#pragma once

#include <cstdint>

#include <lathe/options.hpp>

namespace lathe {

// What rotation needs to know about the active file.
struct ActiveFile {
  std::uint64_t size_bytes = 0;    // bytes already in the file, whoever wrote them
  std::uint64_t header_bytes = 0;  // of those: a header, which is no record
  std::uint64_t footer_bytes = 0;  // that must still fit behind the last record

  [[nodiscard]] bool has_records() const noexcept { return size_bytes > header_bytes; }
};

// Returns true if a record of `incoming_bytes` has to start a new file.
//
// A file is never larger than `options.size_bytes_max`, because rotation comes before the record
// that would exceed it. One exception: a record longer than the limit is written whole, into a
// file of its own. A file without records is never rotated; without that rule such a record would
// rotate for ever.
//
// Tested by: RotationTest
[[nodiscard]] bool should_rotate(const RotationOptions& options, const ActiveFile& file,
                                 std::uint64_t incoming_bytes) noexcept;

}  // namespace lathe
