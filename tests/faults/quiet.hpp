// SPDX-License-Identifier: MIT
//
// Quiet: what lathe tells on stderr of thousands of faults that are meant goes nowhere.

#pragma once

#include <fcntl.h>
#include <unistd.h>

namespace lathe {

class Quiet {
 public:
  Quiet() : kept_(::dup(STDERR_FILENO)) {
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere < 0) return;
    (void)::dup2(nowhere, STDERR_FILENO);
    (void)::close(nowhere);
  }
  ~Quiet() {
    if (kept_ < 0) return;
    (void)::dup2(kept_, STDERR_FILENO);
    (void)::close(kept_);
  }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  int kept_;
};

}  // namespace lathe
