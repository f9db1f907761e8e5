// SPDX-License-Identifier: MIT
//
// A folder of our own that does not outlive us.

#pragma once

#include <string>

namespace lathe::tools {

// A new folder, removed with everything in it.
//
// Errors:    the constructor throws std::system_error with the path; what cannot be removed stays
// Tested by: latency_test.py
class TemporaryFolder {
 public:
  // Makes "lathe-latency-XXXXXX" in `parent`, which must exist.
  explicit TemporaryFolder(const std::string& parent);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  // Removes what is in it, and the folder itself.
  void empty() const noexcept;
  void remove() const noexcept;

 private:
  std::string path_;
};

}  // namespace lathe::tools
