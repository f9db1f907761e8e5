// SPDX-License-Identifier: MIT
//
// How much of the whole product is run.

#pragma once

#include <cstddef>
#include <cstdlib>
#include <string_view>

namespace lathe {

// True for `sh tests/run.sh --long`, which takes minutes.
inline bool is_long_run() {
  const char* const value = std::getenv("LATHE_LONG");
  return value != nullptr && std::string_view(value) == "1";
}

// The first policy meets every error, and every policy the first error.
inline bool is_chosen(std::size_t policy, std::size_t error) {
  return is_long_run() || policy == 0 || error == 0;
}

}  // namespace lathe
