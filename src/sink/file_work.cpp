// SPDX-License-Identifier: MIT

#include "sink/file_work.hpp"

namespace lathe {

SyncOutcome run_sync(const SyncRequest& request) {
  SyncOutcome outcome{.is_complete = true,
                      .files = request.files,
                      .active = request.active,
                      .synced_names = request.wants_names,
                      .names_version = request.names_version,
                      .mark = request.mark,
                      .closed = request.to_close};
  // Before the sync, which then covers it.
  if (request.is_preallocated && request.to_close != nullptr) {
    outcome.close_error = request.to_close->file->release_preallocated();
  }
  const std::int64_t start_ns = request.clock->steady_ns();
  for (const auto& log_file : request.files) {
    outcome.file_errors.push_back(log_file->file->sync_data());
  }
  // Contents before names: a name that survives a power cut then has its contents.
  if (request.wants_names) outcome.names_error = request.place->directory().sync();
  outcome.duration = std::chrono::nanoseconds(request.clock->steady_ns() - start_ns);
  if (request.to_close != nullptr) {
    const std::error_code closed = request.to_close->file->close();
    if (closed) outcome.close_error = closed;
  }
  return outcome;
}

}  // namespace lathe
