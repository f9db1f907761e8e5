// SPDX-License-Identifier: MIT
//
// Descriptor: a file descriptor that is closed once.

#pragma once

#include <system_error>

namespace lathe {

// The error that errno holds.
[[nodiscard]] std::error_code last_error() noexcept;

// Threads:   thread-compatible
// Lifetime:  owns the descriptor; the destructor closes it, with nobody to tell an error to
// Tested by: PosixFileSystemTest
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) noexcept : number_(number) {}
  ~Descriptor();

  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;

  [[nodiscard]] int number() const noexcept { return number_; }
  [[nodiscard]] bool is_open() const noexcept { return number_ >= 0; }

  // Gives the descriptor away, unclosed.
  [[nodiscard]] int release() noexcept;

  // Closes it, whatever is returned: closing again after an error could hit a file that somebody
  // else has opened meanwhile under the same number.
  [[nodiscard]] std::error_code close() noexcept;

 private:
  int number_ = -1;
};

}  // namespace lathe
