// SPDX-License-Identifier: MIT
//
// Refuses option values that cannot be meant, before anything is made from them. Each check throws
// OptionError with the field's name as written in options.hpp ("rotation.size_bytes_max").
// Does not know: what exists on disk; layouts, which Pattern's constructor checks; which kinds of
// compression are built in.

#pragma once

#include <cstddef>
#include <cstdint>

#include <lathe/options.hpp>

#include "core/backup_name.hpp"

namespace lathe {

// Smallest rotation.size_bytes_max but 0. A shorter limit than the shortest line of the default
// layout (a time stamp alone takes 26 bytes) would make a file of every record: a unit was
// forgotten, as in "64" for 64 MiB. 64 itself is let through, since tests of programs like it.
inline constexpr std::uint64_t kRotationBytesMin = 64;

// Largest byte count of any option. Beyond it, sums of two such counts would overflow a signed
// 64-bit number, and a negative number that was converted lands there.
inline constexpr std::uint64_t kOptionBytesMax = std::uint64_t{1} << 62;

// Longest base name of a log file: what leaves room for all that a backup of the default pattern
// adds (".20261122_135033" and more), and for hidden companions such as ".app.log.upkeep".
inline constexpr std::size_t kBaseNameBytesMax = kFileNameBytesMax - 16 - kBackupExtraBytesMax;

// Each throws OptionError for the first bad field it finds, in the order of options.hpp.
//
// Tested by: OptionsCheckTest
void check_options(const BackendOptions& options);
void check_options(const RotatingFileOptions& options);
void check_options(const ConsoleOptions& options);

}  // namespace lathe
