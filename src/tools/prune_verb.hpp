// SPDX-License-Identifier: MIT
//
// `lathe prune`: its command line, and what it prints. Which backups go, the library decides.

#pragma once

#include <CLI/CLI.hpp>

#include "tools/verb.hpp"

namespace lathe::tools {

// Tested by: prune_test.py
[[nodiscard]] Verb add_prune_verb(CLI::App& app);

}  // namespace lathe::tools
