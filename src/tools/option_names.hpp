// SPDX-License-Identifier: MIT
//
// The library speaks of fields, a user of the command of options.

#pragma once

#include <string_view>

namespace lathe::tools {

// The option that sets a field, such as "--keep" for "retention.count_max"; empty if none does.
[[nodiscard]] std::string_view option_of_field(std::string_view field) noexcept;

}  // namespace lathe::tools
