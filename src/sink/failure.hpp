// SPDX-License-Identifier: MIT
//
// Failure: what went wrong, and at which step.

#pragma once

#include <string>
#include <system_error>

namespace lathe {

// `step` is such as "rename app.log to app.log.20261122_135033".
struct Failure {
  std::error_code error = {};
  std::string step = {};

  [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(error); }
  [[nodiscard]] std::string text() const { return step + ": " + error.message(); }
};

}  // namespace lathe
