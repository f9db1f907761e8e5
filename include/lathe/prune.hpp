// SPDX-License-Identifier: MIT
//
// Pruning by hand: what `lathe prune` does, for programs that look after logs of others.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <lathe/file_options.hpp>

#pragma GCC visibility push(default)

namespace lathe {

// What prune_backups() did, or would do.
struct PruneReport {
  struct Entry {
    std::string name;          // in the directory of the active file
    std::uint64_t size_bytes;  // as it is, compressed or not
    std::string reason;        // the first limit it breaks: a field of RetentionOptions
  };
  std::vector<Entry> entries;       // what goes, oldest first; without those in `errors`
  std::uint64_t backups_kept = 0;   // those that stay
  std::vector<std::string> errors;  // a line for each file that cannot be deleted, with its name
};

// Deletes the backups of the active file `path` that `retention` does not keep; with `dry_run` it
// only tells which. `naming` must be that of the program that writes the log: names that its
// pattern cannot have made are never touched, nor is the active file, which need not exist.
//
// Safe beside a running logger of any process: it leaves alone what another process has open, and
// takes the lock that upkeep of shared files and of {index} names takes. A backup that is being
// compressed meanwhile may come back, compressed, until the logger's next prune.
//
// Throws:    OptionError with the field's name; std::system_error with the path: the directory
//            cannot be read, or another process is at the same work
// Threads:   any
// Cost:      reads the directory; blocks while it does
// Tested by: prune_test.py
[[nodiscard]] PruneReport prune_backups(const std::string& path, const RetentionOptions& retention,
                                        const NamingOptions& naming, bool dry_run);

}  // namespace lathe

#pragma GCC visibility pop
