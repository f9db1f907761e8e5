// SPDX-License-Identifier: MIT
//
// `lathe pipe`: lines of standard input -> a rotating file. Does not know the command line.

#pragma once

#include <lathe/options.hpp>

namespace lathe::tools {

struct PipeOptions {
  BackendOptions backend;
  RotatingFileOptions file;
  bool stamp = false;  // one record a line, rendered with file.pattern; else byte for byte
};

// Copies standard input until it ends or until SIGTERM or SIGINT; SIGHUP rotates. At the
// end of input, it waits for backups that are being packed, a minute at most. Returns the exit
// status: 0 if every byte that was read is in the files, else 1, and stderr says why.
//
// Throws:    OptionError, before anything was made; std::system_error
// Threads:   call it on the main thread, before any other thread exists
// Tested by: pipe_identity_test.py, pipe_signals_test.py, pipe_errors_test.py
[[nodiscard]] int run_pipe(PipeOptions options);

}  // namespace lathe::tools
