// SPDX-License-Identifier: MIT
//
// Crash states: what a power cut at this moment may leave of a FakeFileSystem.
//
// Of the names in a directory, either
//
//   * the first of the changes since its last sync, in their order: any number of them, or none; or
//   * of those changes only what a synced file needs to have its name: a file system may bring a
//     file's own entry to the device with the file, and leave the others behind.
//
// Of a file's bytes that are not synced, each on its own:
//
//   nothing | half of them | all but the last one | all | all, but zeroes
//   | all, and before the first boundary of a sector of 512 or 4096 bytes (or after the last)
//   zeroes
//
// and what a failed sync should have brought to the device is there, or zeroes.
//
// How it is bounded. With n files there are up to 9^n combinations of contents. Unless all are
// asked for, one file at a time takes each of its states while the others have all lost what they
// can lose, or have all lost nothing. That leaves out combinations of two files that are both
// half-way, which only a program could tell apart that compares two files that are not synced; what
// is under test here looks at the end of one file and the size of another one. The cut points stand
// for all others of their kind (within a record, at its end, within its line end, at a sector).

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "support/fake_file_system.hpp"

namespace lathe {

enum class CrashStates : std::uint8_t {
  extremes,    // all files have lost all that they can lose, or nothing
  one_by_one,  // see above
  all,         // or one by one, where there are more than kCombinationsMax for one set of names
};

// Three files that are all half-way.
inline constexpr std::size_t kCombinationsMax = 1000;

// Calls `look` with each state, in an order that is always the same, each in a file system of its
// own: all of it is on the device, nobody has it open or locked.
void for_each_crash_state(const FakeFileSystem& before, CrashStates which,
                          const std::function<void(FakeFileSystem& after)>& look);

// A file system of its own in the same state, durable or not; nobody has its files open or locked.
[[nodiscard]] FakeFileSystem copy_of(const FakeFileSystem& files);

// Names and contents as one text: equal for equal states.
[[nodiscard]] std::string fingerprint(const FakeFileSystem& files);

// The same as bytes and back, for another process. What is durable is not told.
[[nodiscard]] std::string to_bytes(const FakeFileSystem& files);
[[nodiscard]] FakeFileSystem from_bytes(const std::string& bytes);

}  // namespace lathe
