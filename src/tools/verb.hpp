// SPDX-License-Identifier: MIT
//
// What a verb of the command is: its options, and its work. Does not know which verbs there are.

#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace lathe::tools {

struct Verb {
  const CLI::App* command;  // belongs to the application that it was added to

  // Call it when the options are parsed. Returns the exit status; throws ArgumentError,
  // OptionError (of the library's fields) or any other exception.
  std::function<int()> run;
};

}  // namespace lathe::tools
