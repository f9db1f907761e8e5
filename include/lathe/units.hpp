// SPDX-License-Identifier: MIT
//
// Units of size, and the error of an option.

#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#pragma GCC visibility push(default)

namespace lathe {

inline constexpr std::uint64_t KiB = 1024;
inline constexpr std::uint64_t MiB = 1024 * KiB;
inline constexpr std::uint64_t GiB = 1024 * MiB;

// An option has a value that cannot be used. what() is one line that starts with the field's name,
// such as "rotation.size_bytes_max: must be at least 1".
class OptionError : public std::invalid_argument {
 public:
  OptionError(const std::string& field, const std::string& reason)
      : std::invalid_argument(field + ": " + reason), field_(field) {}
  [[nodiscard]] const std::string& field() const noexcept { return field_; }

 private:
  std::string field_;
};

}  // namespace lathe

#pragma GCC visibility pop
