// SPDX-License-Identifier: MIT

#include "os/posix_file_system.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "os/posix_file.hpp"

namespace lathe {

DirectoryResult PosixFileSystem::open_directory(const std::string& path) {
  int number = -1;
  do {
    number = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  } while (number < 0 && errno == EINTR);
  if (number < 0) return {.error = last_error()};
  return {.directory = make_posix_directory(Descriptor(number))};
}

std::error_code PosixFileSystem::make_directory(const std::string& path, unsigned permissions) {
  if (::mkdir(path.c_str(), permissions) != 0) return last_error();
  return {};
}

}  // namespace lathe
