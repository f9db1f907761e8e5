// SPDX-License-Identifier: MIT
//
// The composition root: the one place that gives sinks the real clock and the real file system.

#include <memory>
#include <string>
#include <utility>

#include <lathe/global.hpp>
#include <lathe/prune.hpp>
#include <lathe/recover.hpp>
#include <lathe/sinks.hpp>

#include "engine/recovery.hpp"
#include "os/clock.hpp"
#include "os/output_stream.hpp"
#include "os/posix_file_system.hpp"
#include "os/spool_file.hpp"
#include "queue/spool_layout.hpp"
#include "sink/console_sink.hpp"
#include "sink/manual_prune.hpp"
#include "sink/rotating_file_sink.hpp"

namespace lathe {

std::unique_ptr<Sink> rotating_file_sink(RotatingFileOptions options) {
  PosixFileSystem file_system;  // has no state; used while the sink is made
  return std::make_unique<RotatingFileSink>(std::move(options), file_system, system_clock());
}

std::unique_ptr<Sink> console_sink(ConsoleOptions options) {
  auto stream =
      options.stream == ConsoleStream::standard_output ? standard_output() : standard_error();
  return std::make_unique<ConsoleSink>(std::move(options), std::move(stream), system_clock(),
                                       read_console_environment());
}

PruneReport prune_backups(const std::string& path, const RetentionOptions& retention,
                          const NamingOptions& naming, bool dry_run) {
  PosixFileSystem file_system;
  return prune_by_hand(path, retention, naming, dry_run, file_system, system_clock());
}

RecoverReport recover_spools(const std::string& directory) {
  RecoverReport report;
  const SpoolNames listed = list_spools(directory, kSpoolPrefix);
  if (listed.error) throw std::system_error(listed.error, directory + ": cannot read it");
  PosixFileSystem file_system;
  const OpenSink open = [&](const SinkDescription& made_by,
                            const std::function<void(JournaledSink&)>& use) {
    RotatingFileSink sink(
        {.path = made_by.path,
         .rotation = {.size_bytes_max = 0},
         .retention = {.count_max = 0},
         .pattern = made_by.pattern,
         .ownership = made_by.is_shared ? Ownership::shared : Ownership::exclusive},
        file_system, system_clock());
    use(sink);
    if (const std::error_code error = sink.sync()) {
      report.errors.push_back(made_by.path + ": cannot sync it: " + error.message());
    }
  };
  const RecoveryReport done =
      recover_all(directory, open, [&](const std::string& text) { report.errors.push_back(text); });
  report.records_written = done.records;
  report.files_written = done.files;
  report.spools_kept = done.kept;
  return report;
}

void start(RotatingFileOptions file, BackendOptions options) {
  start(std::move(options), sinks(rotating_file_sink(std::move(file))));
}

}  // namespace lathe
