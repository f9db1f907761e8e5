// SPDX-License-Identifier: MIT
//
// How the programs here that take options by CLI11 begin and end.

#pragma once

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>

namespace lathe::bench {

// Reads the command line and calls `run`. Returns the exit status: 0; 1 if a run failed or its
// output was wrong; 2 for a wrong option, as CLI11 finds it or `run` throws it
// (CLI::ValidationError). What is wrong is told on stderr behind the program's name.
template <class Run>
[[nodiscard]] int run_command(CLI::App& app, int argc, char** argv, const Run& run) {
  constexpr int kFailure = 1;
  constexpr int kUsage = 2;
  const auto complain = [&](const std::exception& error, int status) {
    fmt::print(stderr, "{}: {}\n", app.get_name(), error.what());
    return status;
  };
  try {
    app.parse(argc, argv);
    run();
    return 0;
  } catch (const CLI::ParseError& error) {
    return error.get_exit_code() == 0 ? app.exit(error) : complain(error, kUsage);  // 0: help
  } catch (const std::exception& error) {
    return complain(error, kFailure);
  }
}

}  // namespace lathe::bench
