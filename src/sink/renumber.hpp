// SPDX-License-Identifier: MIT
//
// Names with {index}: makes what rotations left under stamped names index 1, 2, ...
//
// An example with a hole at 3 and two new files, `new` the younger one. Shifting begins at the old
// end, so every name is free when its turn comes, and no index is ever below a younger file's:
//
//   4  2  1  old  new            before: 3 is the only hole, two indexes are wanted
//   1. rename 4 to 5             a crash here leaves 5  2  1  old  new
//   2. rename 2 to 4                               5  4  1  old  new
//   3. rename 1 to 3                               5  4  3  old  new
//   4. rename old to 2                             5  4  3  2  new
//   5. rename new to 1                             5  4  3  2  1
//
// After a crash anywhere in there, the same rule applied to what is left ends in the same order:
// the holes that the crash left are used up before anything else moves.
// Does not know: which backups to delete or to pack.

#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "sink/backup_list.hpp"

namespace lathe {

struct Renaming {
  std::string from = {};
  std::string to = {};
};

struct RenumberOutcome {
  std::vector<Renaming> done = {};  // in order
  Failure failure = {};             // what ended it early: order matters, so nothing is skipped
};

// Gives all stamped `backups` an index, and brings the list up to date; its order stays. A missing
// index is a hole that saves renames, never an error; a file that somebody deleted is left out.
// Looks at `stop` between renames; what is left then is done by the next call.
//
// Threads:   background thread
// Tested by: RenumberTest
[[nodiscard]] RenumberOutcome renumber(Directory& directory, const BackupNames& names,
                                       std::vector<ListedBackup>& backups,
                                       const std::stop_token& stop);

}  // namespace lathe
