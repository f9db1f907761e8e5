// SPDX-License-Identifier: MIT

#include "tools/output_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace lathe::tools {
namespace {

constexpr mode_t kMode = 0666;  // less the umask, as other programs make their results

int checked(int result, const std::string& name) {
  if (result < 0) {
    throw std::system_error(errno, std::generic_category(), name);
  }
  return result;
}

int open_output(const std::string& path, const std::string& name) {
  return path == "-" ? checked(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0), name)
                     : checked(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, kMode), name);
}

}  // namespace

OutputFile::OutputFile(const std::string& path)
    : is_standard_(path == "-"),
      name_(is_standard_ ? "standard output" : path),
      file_(open_output(path, name_)) {}

void OutputFile::write(std::string_view text) const {
  struct stat status {};
  checked(::fstat(file_.number(), &status), name_);
  if (!is_standard_ && S_ISREG(status.st_mode)) {
    checked(::ftruncate(file_.number(), 0), name_);
  }
  while (!text.empty()) {
    const ssize_t count = ::write(file_.number(), text.data(), text.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    text.remove_prefix(static_cast<std::size_t>(checked(static_cast<int>(count), name_)));
  }
}

}  // namespace lathe::tools
