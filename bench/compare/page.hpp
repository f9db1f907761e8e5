// SPDX-License-Identifier: MIT
//
// The result as one HTML page that needs no network. Pure.

#pragma once

#include <string>
#include <vector>

#include "compare/runs.hpp"

namespace lathe::compare {

// `head` tells what was measured on what, a paragraph each.
[[nodiscard]] std::string page_of(const Plan& plan, const std::vector<Results>& all,
                                  const std::vector<std::string>& head);

}  // namespace lathe::compare
