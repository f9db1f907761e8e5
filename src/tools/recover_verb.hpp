// SPDX-License-Identifier: MIT
//
// The verb `lathe recover`.

#pragma once

#include <CLI/CLI.hpp>

#include "tools/verb.hpp"

namespace lathe::tools {

// Adds it. Tested by: recover_test.py
[[nodiscard]] Verb add_recover_verb(CLI::App& app);

}  // namespace lathe::tools
