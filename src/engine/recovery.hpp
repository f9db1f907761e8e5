// SPDX-License-Identifier: MIT
//
// Recovery: writing what processes that were killed have left in their spools.

#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/journaled_sink.hpp"

namespace lathe {

// Says what could not be done, in one line.
using TellRecovery = std::function<void(const std::string&)>;

// Gives `sink` all that dead processes of this user have left of its file in spools in `directory`,
// the oldest spool first, and removes the spools of which nothing is left. What cannot be recovered
// stays where it is and is told; other spools go on. Returns the number of records.
//
// Every record is written once, however often a recovery is cut short: see FileJournal.
// Tested by: RecoveryTest
std::uint64_t recover_file(JournaledSink& sink, const std::string& directory,
                           const TellRecovery& tell);

// The same for all files of the spools in `directory`. `open` makes the sink of a description, or
// throws.
struct RecoveryReport {
  std::uint64_t files = 0;    // with something left
  std::uint64_t records = 0;  // written
  std::uint64_t kept = 0;     // spools that stay
};
using OpenSink =
    std::function<void(const SinkDescription&, const std::function<void(JournaledSink&)>& use)>;
[[nodiscard]] RecoveryReport recover_all(const std::string& directory, const OpenSink& open,
                                         const TellRecovery& tell);

}  // namespace lathe
