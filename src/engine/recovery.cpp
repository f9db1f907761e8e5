// SPDX-License-Identifier: MIT

#include "engine/recovery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "engine/spool_reader.hpp"
#include "engine/spool_records.hpp"

namespace lathe {
namespace {

using Readers = std::vector<std::unique_ptr<SpoolReader>>;

// Files that never got their name: their process was killed while it made them.
void remove_unfinished(const std::string& directory) {
  const std::string prefix = fmt::format(".{}{}-", kSpoolPrefix, current_user_id());
  for (const std::string& name : list_spools(directory, prefix).names) {
    SpoolFile::Opened opened = SpoolFile::open_dead(directory, name);
    if (!opened.error) (void)opened.file.front().remove();  // the next start tries again
  }
}

// How long to wait for somebody else who is just recovering the same file. Arbitrary: far more than
// it takes to write what is in a few full queues.
constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::milliseconds kPause{5};

std::vector<std::string> names_of_spools(const std::string& directory) {
  remove_unfinished(directory);
  const std::string prefix = fmt::format("{}{}-", kSpoolPrefix, current_user_id());
  std::vector<std::string> names = list_spools(directory, prefix).names;
  std::erase_if(names, [](const std::string& name) { return !name.ends_with(kSpoolSuffix); });
  return names;
}

// Reads it, or tells why not. Takes the spool's lock with it.
void read_spool(SpoolFile file, Readers& readers, const TellRecovery& tell,
                std::uint64_t& unreadable) {
  try {
    readers.push_back(std::make_unique<SpoolReader>(std::move(file)));
  } catch (const std::exception& error) {
    ++unreadable;
    tell(fmt::format("cannot recover from a spool, which is kept: {}", error.what()));
  }
}

void sort_by_age(Readers& readers) {
  std::sort(readers.begin(), readers.end(),
            [](const auto& a, const auto& b) { return a->created_ns() < b->created_ns(); });
}

enum class Concern : std::uint8_t { none, unknown, ours };

// Looks without the lock: who held that of a spool of another file would hide it from the program
// whose file it is, if that starts just then.
Concern look_at(const std::string& directory, const std::string& name, const std::string& path) {
  SpoolFile::Opened opened = SpoolFile::open(directory, name);
  if (opened.error) return Concern::none;
  try {
    SpoolReader notes(std::move(opened.file.front()), true);
    if (notes.is_of(path)) return Concern::ours;
    // Of no file yet: its process was killed while it recovered, or is about to add one. Nobody
    // else would ever remove it.
    return notes.sinks().empty() ? Concern::unknown : Concern::none;
  } catch (const std::exception&) {  // damaged: told when its lock shows that it is dead
    return Concern::unknown;
  }
}

// The dead ones of this file, the oldest first.
Readers open_spools_of(const SinkDescription& own, const std::string& directory,
                       const TellRecovery& tell) {
  Readers readers;
  std::uint64_t unreadable = 0;  // told
  for (const std::string& name : names_of_spools(directory)) {
    const Concern concern = look_at(directory, name, own.path);
    if (concern == Concern::none) continue;
    SpoolFile::Opened opened = SpoolFile::open_dead(directory, name);
    // Whoever has it cannot be logging to a file that is ours alone: he recovers it.
    const bool will_end = concern == Concern::ours && !own.is_shared;
    for (auto tries = kPatience / kPause;
         will_end && tries > 0 && opened.error == std::errc::device_or_resource_busy; --tries) {
      std::this_thread::sleep_for(kPause);
      opened = SpoolFile::open_dead(directory, name);
    }
    if (!opened.error) {
      read_spool(std::move(opened.file.front()), readers, tell, unreadable);
    } else if (will_end && opened.error == std::errc::device_or_resource_busy) {
      tell(fmt::format("{}/{}: cannot recover from it: another process has it", directory, name));
    }
  }
  sort_by_age(readers);
  return readers;
}

Readers open_all_dead(const std::string& directory, const TellRecovery& tell,
                      std::uint64_t& unreadable) {
  Readers readers;
  for (const std::string& name : names_of_spools(directory)) {
    SpoolFile::Opened opened = SpoolFile::open_dead(directory, name);
    if (opened.error) continue;  // its process lives, or it is none of ours
    read_spool(std::move(opened.file.front()), readers, tell, unreadable);
  }
  sort_by_age(readers);
  return readers;
}

// Returns the number of records. Throws with what could not be done.
std::uint64_t recover_part(SpoolReader& reader, const SpoolSink& part, JournaledSink& sink) {
  SpoolRecords records(reader);
  if (const std::size_t count = records.count_unreadable(0); count != 0) {
    throw SpoolError(
        fmt::format("{}: {} deferred records need the program that made them, and "
                    "this is another build",
                    reader.path(), count));
  }
  const std::uint32_t first = sink.begin_recovery(*part.journal, part.description, records.pass());
  std::error_code error;
  std::size_t at = std::min<std::size_t>(first, records.size());
  try {
    while (!error) {
      const std::span<const Record> batch = records.batch(at);
      if (batch.empty()) break;
      error = sink.take(batch);
      at += batch.size();
    }
  } catch (...) {  // no memory: the sink must let go of the spool, which is unmapped soon
    sink.end_recovery({});
    throw;
  }
  const std::uint64_t count = at - first;
  sink.end_recovery(error || count == 0
                        ? std::string()
                        : fmt::format("wrote {} records that process {} had left in its queues",
                                      count, reader.process_id()));
  if (error) throw std::system_error(error, reader.path() + ": cannot write its records");
  part.journal->settle();
  return count;
}

bool is_all_settled(SpoolReader& reader) {
  return std::all_of(reader.sinks().begin(), reader.sinks().end(),
                     [](const SpoolSink& sink) { return sink.journal->is_settled(); });
}

}  // namespace

std::uint64_t recover_file(JournaledSink& sink, const std::string& directory,
                           const TellRecovery& tell) {
  std::uint64_t count = 0;
  try {
    const SinkDescription own = sink.description();
    for (const auto& reader : open_spools_of(own, directory, tell)) {
      for (const SpoolSink& part : reader->sinks()) {
        if (part.journal->is_settled() || part.description.path != own.path) continue;
        count += recover_part(*reader, part, sink);
      }
      if (is_all_settled(*reader)) (void)reader->remove();  // the next start tries again
    }
  } catch (const std::exception& error) {
    // Younger spools wait, too: their records come after these.
    tell(fmt::format("cannot recover what another process has left, which is kept: {}",
                     error.what()));
  }
  return count;
}

RecoveryReport recover_all(const std::string& directory, const OpenSink& open,
                           const TellRecovery& tell) {
  RecoveryReport report;
  for (const auto& reader : open_all_dead(directory, tell, report.kept)) {
    for (const SpoolSink& part : reader->sinks()) {
      if (part.journal->is_settled()) continue;
      try {
        open(part.description, [&](JournaledSink& sink) {
          report.records += recover_part(*reader, part, sink);
          ++report.files;
        });
      } catch (const std::exception& error) {
        tell(fmt::format("{}: {}", part.description.path, error.what()));
      }
    }
    const bool is_done = is_all_settled(*reader);
    if (!is_done || reader->remove()) ++report.kept;
  }
  return report;
}

}  // namespace lathe
