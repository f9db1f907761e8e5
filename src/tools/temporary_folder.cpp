// SPDX-License-Identifier: MIT

#include "tools/temporary_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace lathe::tools {

TemporaryFolder::TemporaryFolder(const std::string& parent)
    : path_(parent + "/lathe-latency-XXXXXX") {
  if (::mkdtemp(path_.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "cannot make a folder in " + parent);
  }
}

TemporaryFolder::~TemporaryFolder() { remove(); }

void TemporaryFolder::empty() const noexcept {
  std::error_code ignored;  // what stays is removed with the folder, or stays with it
  for (std::filesystem::directory_iterator entry(path_, ignored), end; !ignored && entry != end;
       entry.increment(ignored)) {
    std::error_code failed;  // as above
    std::filesystem::remove_all(entry->path(), failed);
  }
}

void TemporaryFolder::remove() const noexcept {
  std::error_code ignored;  // nothing can be done about it
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace lathe::tools
