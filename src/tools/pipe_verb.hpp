// SPDX-License-Identifier: MIT
//
// The command line of `lathe pipe` -> PipeOptions (pipe.hpp).

#pragma once

#include <CLI/CLI.hpp>

#include "tools/verb.hpp"

namespace lathe::tools {

[[nodiscard]] Verb add_pipe_verb(CLI::App& app);

}  // namespace lathe::tools
