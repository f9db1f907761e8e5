// SPDX-License-Identifier: MIT
//
// The kernel's files.

#pragma once

#include <string>

#include "os/file_system.hpp"

namespace lathe {

// Threads:   thread-safe; has no state
// Cost:      each call is one system call unless posix_directory.cpp says otherwise
// Tested by: PosixFileSystemTest
class PosixFileSystem final : public FileSystem {
 public:
  [[nodiscard]] DirectoryResult open_directory(const std::string& path) override;
  [[nodiscard]] std::error_code make_directory(const std::string& path,
                                               unsigned permissions = 0777) override;
};

}  // namespace lathe
