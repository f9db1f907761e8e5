// SPDX-License-Identifier: MIT
//
// SpoolReader: what a process that is gone has left in its spool.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <lathe/format.hpp>
#include <lathe/record.hpp>

#include "core/file_journal.hpp"
#include "core/sink_description.hpp"
#include "core/stamp_calibration.hpp"
#include "os/memory.hpp"
#include "os/spool_file.hpp"
#include "queue/byte_queue.hpp"
#include "queue/site_registry.hpp"
#include "queue/spool_layout.hpp"

namespace lathe {

// A spool that cannot be understood: damaged, or made by another version. what() begins with its
// path and ends with the reason.
class SpoolError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A place that logs, as the spool tells it.
struct SpoolSite {
  std::string path;
  FormatCopy format;
  SourceInfo source;
  DecodeFunction decode = nullptr;  // in this process; null if it is not the same program
  bool is_deferred = false;
};

// One thread's queue.
struct SpoolProducer {
  std::uint32_t chunk = 0;
  std::uint64_t serial = 0;
  std::string thread_name;
  ThreadInfo thread;
  std::unique_ptr<MirroredMemory> ring;
  std::span<const std::byte> readable;  // whole records
  std::uint32_t front_offset = 0;       // of readable, in the ring
};

// One file sink's part.
struct SpoolSink {
  SinkDescription description;
  SharedPages pages;
  std::unique_ptr<FileJournal> journal;
};

// Maps all of a spool and checks it before anything of it is used: sizes, places, numbers, and that
// each queue is a row of records. Nothing outside of the file is ever read, whatever is in it.
//
// Threads:   thread-compatible
// Errors:    the constructor throws SpoolError, std::system_error or std::bad_alloc
// Tested by: RecoveryTest
class SpoolReader {
 public:
  // With notes_only, its queues are not looked at: so its process may live, and go on.
  explicit SpoolReader(SpoolFile file, bool notes_only = false);
  SpoolReader(const SpoolReader&) = delete;
  SpoolReader& operator=(const SpoolReader&) = delete;

  [[nodiscard]] const std::string& path() const noexcept { return file_.path(); }
  [[nodiscard]] std::uint32_t process_id() const noexcept { return header().process_id; }
  [[nodiscard]] std::int64_t created_ns() const noexcept { return header().created_ns; }

  [[nodiscard]] std::vector<SpoolSink>& sinks() noexcept { return sinks_; }
  [[nodiscard]] std::vector<SpoolProducer>& producers() noexcept { return producers_; }

  // True if one of its sinks writes to this file.
  [[nodiscard]] bool is_of(const std::string& path) const;
  [[nodiscard]] bool is_of_no_file() const noexcept { return descriptions_.empty(); }

  // The pass that was under way, or done: see PassLogHeader.
  [[nodiscard]] std::uint64_t pass_state() const noexcept { return pass_state_; }
  [[nodiscard]] std::span<const PassEntry> pass_entries() const noexcept { return pass_entries_; }

  // Never null; "?" for what has no note.
  [[nodiscard]] const SpoolSite& site(std::uint32_t number) const;
  [[nodiscard]] const LoggerInfo& logger(std::uint32_t number) const;

  [[nodiscard]] std::int64_t wall_ns(std::uint64_t stamp) const noexcept;

  // A message that was too large for a queue; nothing if there is no such place.
  [[nodiscard]] std::optional<std::string_view> large_text(std::uint64_t offset,
                                                           std::uint64_t bytes) const noexcept;

  // What a sink's journal numbers records in.
  [[nodiscard]] BatchPlace& place() noexcept { return place_; }

  [[nodiscard]] std::error_code remove() noexcept { return file_.remove(); }

 private:
  struct LoggerText {
    std::string name;
    LoggerInfo info;
  };

  [[noreturn]] void refuse(const std::string& reason) const;
  [[nodiscard]] const SpoolHeader& header() const noexcept {
    return *reinterpret_cast<const SpoolHeader*>(header_pages_.data());
  }
  void read_header();
  void read_calibration();
  void read_chunk(std::uint32_t number, const SpoolChunk& chunk);
  void read_notes(const SharedPages& pages);
  void read_site(std::span<const std::byte> payload);
  void read_logger(std::span<const std::byte> payload);
  void read_sink_note(std::span<const std::byte> payload);
  void read_pass_log(const SpoolChunk& chunk);
  void read_producer(std::uint32_t number, const SpoolChunk& chunk);
  void check_records(const SpoolProducer& producer) const;
  void make_sinks();

  SpoolFile file_;
  const bool notes_only_;
  SharedPages header_pages_;
  std::optional<StampCalibration> calibration_;
  std::vector<SpoolChunk> chunks_;  // a copy, checked
  SharedPages pass_log_pages_;
  std::uint64_t pass_state_ = 1;  // a pass that is done: nothing is under way
  std::span<const PassEntry> pass_entries_;
  std::vector<SpoolProducer> producers_;
  std::map<std::uint32_t, SinkDescription> descriptions_;  // by chunk
  std::vector<SpoolSink> sinks_;
  std::map<std::uint32_t, SpoolSite> sites_;
  std::map<std::uint32_t, LoggerText> loggers_;
  SpoolSite unknown_site_;
  LoggerText unknown_logger_;
  SharedPages large_;
  BatchPlace place_;
};

}  // namespace lathe
