// SPDX-License-Identifier: MIT
//
// The limit that the system sets to the size of a file.

#pragma once

#include <cstdint>

namespace lathe {

// The lower one of `size_bytes_max` and of how large the kernel lets a file become by this
// process's writes (RLIMIT_FSIZE, as it is now). Zero: there is no limit.
//
// Threads:   thread-safe
// Cost:      a system call
// Tested by: FileSizeLimitTest
[[nodiscard]] std::uint64_t within_file_size_limit(std::uint64_t size_bytes_max) noexcept;

}  // namespace lathe
