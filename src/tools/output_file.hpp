// SPDX-License-Identifier: MIT
//
// A file for a result that takes minutes to come by: opened before the work, written after it.

#pragma once

#include <string>
#include <string_view>

#include "tools/supervisor.hpp"

namespace lathe::tools {

// Errors:    std::system_error with the path
// Tested by: latency_errors_test.py
class OutputFile {
 public:
  // Makes the file, or opens it and leaves it as it is until write(). "-" is standard output.
  explicit OutputFile(const std::string& path);

  // Replaces what is in it; appends to standard output, which others may have written to.
  void write(std::string_view text) const;

 private:
  bool is_standard_;
  std::string name_;  // for errors
  Descriptor file_;
};

}  // namespace lathe::tools
