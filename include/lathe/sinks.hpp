// SPDX-License-Identifier: MIT
//
// The sinks that come with lathe, and sinks(...) to hand several to a Backend.

#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <lathe/options.hpp>
#include <lathe/sink.hpp>

#pragma GCC visibility push(default)

namespace lathe {

using Sinks = std::vector<std::unique_ptr<Sink>>;

// A file that rotates by size and time into timestamped backups: `app.log` becomes
// `app.log.20261122_135033` (UTC), a second one in the same second `app.log.20261122_135033.1`.
// An existing file is continued. One process at a time, unless all of them ask for
// Ownership::shared: a lock file `.app.log.lock` beside it.
//
// Throws:  OptionError with the field's name (a pattern's error tells the position);
//          std::system_error with the path: directory missing or not writable, the path is a
//          directory, FIFO or symlink, or another process uses it.
// Tested by: RotatingFileSinkTest, RotatingFileSinkFaultTest
[[nodiscard]] std::unique_ptr<Sink> rotating_file_sink(RotatingFileOptions options);

// Standard error (default) or standard output; colour by level on a terminal.
//
// Throws: OptionError with the field's name.
// Tested by: ConsoleSinkTest
[[nodiscard]] std::unique_ptr<Sink> console_sink(ConsoleOptions options = {});

// Puts sinks in a row for Backend: every record goes to each of them.
template <class... Pointers>
[[nodiscard]] Sinks sinks(Pointers... pointers) {
  Sinks row;
  row.reserve(sizeof...(pointers));
  (row.push_back(std::move(pointers)), ...);
  return row;
}

}  // namespace lathe

#pragma GCC visibility pop
