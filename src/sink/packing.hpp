// SPDX-License-Identifier: MIT
//
// Packing of one backup. At no moment is its content anywhere but whole under a name of its own:
//
//   1. read the plain file, write its packed form to a temporary file   crash: plain, half file
//   2. attributes, sync, close                                          crash: plain, whole file
//   3. rename the temporary file to the packed name                     crash: plain, packed
//   4. sync the directory                                               crash: plain, packed
//   5. remove the plain file, if nobody has added to it since           crash: packed
//
// Half files are removed by upkeep, which lists the directory anyway. Of the two forms that a crash
// leaves after step 3, the plain one goes once it is found to be what the other unpacks to.
// Does not know: which backups to pack, and when.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>

#include "core/backup_name.hpp"
#include "os/compressor.hpp"
#include "os/file_system.hpp"
#include "sink/failure.hpp"

namespace lathe {

// What is read and written at once. Packing that much takes a few milliseconds, which is how long
// a program that ends waits for us.
inline constexpr std::size_t kPackChunkBytes = 256 * 1024;

// Nothing for Compression::none.
[[nodiscard]] std::optional<Codec> codec_of(Compression compression) noexcept;

enum class PackEnd : std::uint8_t {
  failed,    // may work later; also without memory
  packed,    // only the packed form is left
  stopped,   // as before, by the stop token
  given_up,  // no use to try again: the two forms differ, or cannot be compared
};

struct PackOutcome {
  PackEnd end = PackEnd::failed;
  Failure failure = {};  // of failed and given_up
};

struct PackRequest {
  BackupFile plain = {};                   // Compression::none
  Compression packed = Compression::gzip;  // not none
  unsigned permissions = 0640;             // at most; those of the plain file once it is whole
};

// Packs one backup whose packed form is not there yet. Whatever happens, nothing is lost; on a
// failure or stop the temporary file is removed, as far as that can be done.
//
// Threads:   background thread
// Cost:      bounded memory, whatever the size
// Tested by: PackingTest
[[nodiscard]] PackOutcome pack_backup(Directory& directory, const BackupNames& names,
                                      const PackRequest& request, const std::stop_token& stop);

// Ends what a crash has cut short, where both forms are there: compares them, then removes the
// plain one.
[[nodiscard]] PackOutcome finish_packing(Directory& directory, const BackupNames& names,
                                         const PackRequest& request, const std::stop_token& stop);

}  // namespace lathe
