// SPDX-License-Identifier: MIT
//
// `lathe latency`: its command line, and where its results go.

#pragma once

#include <CLI/CLI.hpp>

#include "tools/verb.hpp"

namespace lathe::tools {

// Tested by: latency_test.py, latency_errors_test.py, latency_signals_test.py
[[nodiscard]] Verb add_latency_verb(CLI::App& app);

}  // namespace lathe::tools
