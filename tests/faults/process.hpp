// SPDX-License-Identifier: MIT
//
// A process that logs to a fake disk, from its start to its end, and what it was told meanwhile.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <lathe/backend.hpp>

#include "core/backup_name.hpp"
#include "sink/rotating_file_sink.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_file_system.hpp"

namespace lathe {

// How a log is kept.
struct Policy {
  std::string name;
  RotatingFileOptions options;
};

// Every way to ask for syncs, by itself and all together, and with each form of upkeep.
[[nodiscard]] std::vector<Policy> all_policies();
[[nodiscard]] BackupNames backup_names(const RotatingFileOptions& options);

inline constexpr const char* kLogDirectory = "logs";
inline constexpr const char* kLogName = "app.log";

// Backups that were deleted by themselves, and not because a packed form had come in their place.
struct PrunedText {
  std::string name;
  std::string text;
};

// One process: a manual backend with one rotating file.
class Process {
 public:
  // Opens the log. Throws what the sink throws. Without a `spool_directory` it is not crash-safe.
  // Its records are those of `producer`.
  Process(const FakeFileSystem& files, FakeClock& clock, const RotatingFileOptions& options,
          unsigned producer, const std::string& spool_directory = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Logs one record, of a size that is always the same for its number.
  void log_one();

  // Sixteen records of all sizes, some syncs and rotations, enough for three backups.
  void run();

  // A few records and a rotation: what a process does first.
  void run_shortly();

  // As long as anything goes on, and a while longer.
  void settle();

  [[nodiscard]] Backend& backend() { return *backend_; }
  [[nodiscard]] std::uint64_t logged() const { return logged_; }

  // All records before this one are on the device, as it has said by now. May be asked at any call
  // of the file system.
  [[nodiscard]] std::uint64_t durable() const;

 private:
  void sync();

  FakeFileSystem files_;
  FakeClock& clock_;
  unsigned producer_;
  const RotatingFileSink* sink_ = nullptr;  // of backend_
  std::unique_ptr<Backend> backend_;
  Logger log_;
  std::uint64_t logged_ = 0;
  std::uint64_t acknowledged_ = 0;  // by a sync that was asked for
};

// Notes the backups that are deleted, call by call.
class PruneWatch {
 public:
  PruneWatch(FakeFileSystem files, const RotatingFileOptions& options)
      : files_(std::move(files)), names_(backup_names(options)) {}

  void before_call(Call call, const std::string& what);
  [[nodiscard]] const std::vector<PrunedText>& pruned();

 private:
  void settle();

  FakeFileSystem files_;
  BackupNames names_;
  std::vector<PrunedText> pruned_;
  PrunedText pending_;  // is being removed
};

}  // namespace lathe
