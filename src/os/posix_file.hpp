// SPDX-License-Identifier: MIT
//
// Open files and locks of the kernel, as posix_directory.cpp hands them out.

#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <string>
#include <system_error>

#include "os/descriptor.hpp"
#include "os/file_system.hpp"

namespace lathe {

// All of it tested by: PosixFileSystemTest, PosixFileTest

[[nodiscard]] FileStatus to_status(const struct stat& from) noexcept;

// Opens relative to `directory` and refuses what is no regular file, with EINVAL where the kernel
// has not refused it already (ELOOP for a link, EISDIR, ENXIO for a pipe without a reader).
[[nodiscard]] std::error_code open_regular(const Descriptor& directory, const std::string& name,
                                           int flags, unsigned permissions,
                                           Descriptor& out) noexcept;

[[nodiscard]] std::unique_ptr<File> make_posix_file(Descriptor descriptor);
[[nodiscard]] std::unique_ptr<SourceFile> make_posix_source(Descriptor descriptor);
[[nodiscard]] std::unique_ptr<LockFile> make_posix_lock_file(Descriptor descriptor);

[[nodiscard]] std::unique_ptr<Directory> make_posix_directory(Descriptor descriptor);

// Locks the open file `descriptor` without waiting.
[[nodiscard]] LockResult lock_at_once(Descriptor descriptor, LockKind kind);

}  // namespace lathe
