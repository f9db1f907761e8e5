// SPDX-License-Identifier: MIT
//
// JournaledSink: a sink whose file can be continued by another process when its own is killed.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <system_error>

#include <lathe/record.hpp>

#include "core/file_journal.hpp"
#include "core/sink_description.hpp"

namespace lathe {

// Recovery of one file from one spool:
//
//   first = begin_recovery(...)       what was being written is complete now
//   take(batch), until there is none  the records from `first` on, numbered in the journal's place
//   end_recovery()
//
// It may be cut short anywhere, and be begun again by the next process.
//
// Threads: backend thread only, before the first batch of its own backend
class JournaledSink {
 public:
  // What a spool is to say of this sink.
  [[nodiscard]] virtual SinkDescription description() const = 0;

  // `made_by` is what that spool says of the sink that it was of; `pass`, what its journal's
  // numbers have to belong to, else they are 0. Returns the number of the first record that is
  // wanted. Throws std::system_error, with the journal as far as it is.
  [[nodiscard]] virtual std::uint32_t begin_recovery(FileJournal& journal,
                                                     const SinkDescription& made_by,
                                                     std::uint64_t pass) = 0;

  // Writes records to the file. After an error, end.
  [[nodiscard]] virtual std::error_code take(std::span<const Record> batch) = 0;

  // The sink is again as before; it remembers `told` and tells it in its log.
  virtual void end_recovery(const std::string& told) = 0;

 protected:
  ~JournaledSink() = default;
};

}  // namespace lathe
