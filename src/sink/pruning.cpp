// SPDX-License-Identifier: MIT

#include "sink/pruning.hpp"

#include <algorithm>
#include <optional>
#include <unordered_set>
#include <utility>

namespace lathe {
namespace {

bool is_gone(const std::error_code& error) { return error == std::errc::no_such_file_or_directory; }

// One pass over one directory.
class Pruning {
 public:
  Pruning(Directory& directory, const BackupNames& names, const PruneRequest& request,
          const std::stop_token& stop)
      : directory_(directory), names_(names), request_(request), stop_(stop) {}

  PruneOutcome run(std::vector<ListedBackup>& listed) {
    const RetentionOptions& retention = request_.retention;
    const bool wants_status = request_.wants_sizes || needs_status(retention, names_.is_indexed());
    const RetentionView view{
        .now_ns = request_.now_ns,
        .free_bytes = retention.free_bytes_min > 0 ? directory_.free_bytes() : std::nullopt};
    const std::vector<PruneChoice> choices =
        backups_to_prune(look_at(listed, wants_status), retention, view);
    for (const PruneChoice& choice : choices) {
      if (stop_.stop_requested()) break;
      if (choice.reason == PruneReason::free_space && !has_too_little_space()) continue;
      remove(choice);
    }
    std::erase_if(listed, [&](const ListedBackup& backup) { return gone_.contains(backup.name); });
    return std::move(outcome_);
  }

 private:
  std::vector<Backup> look_at(const std::vector<ListedBackup>& listed, bool wants_status) {
    std::vector<Backup> backups;
    backups.reserve(listed.size());
    for (const ListedBackup& entry : listed) {
      if (stop_.stop_requested()) break;
      Backup backup{.file = entry.file};
      if (wants_status) {
        const StatusResult found = directory_.status(entry.name);
        if (is_gone(found.error)) gone_.insert(entry.name);
        if (found.error) {  // a backup less in sight: that keeps more, not less
          if (!is_gone(found.error)) add_failure({found.error, "look at " + entry.name});
          continue;
        }
        backup.size_bytes = found.status.size_bytes;
        backup.modified_ns = found.status.modified_ns;
      }
      backups.push_back(backup);
    }
    return backups;
  }

  // Asked before each deletion that is for space. The choice was made on what the files' sizes
  // promise; this goes by what the file system says by now.
  bool has_too_little_space() {
    if (is_space_settled_) return false;
    if (request_.is_dry) return true;
    const std::optional<std::uint64_t> free_bytes = directory_.free_bytes();
    if (has_freed_) {
      futile_ = free_bytes > last_free_bytes_ ? 0 : futile_ + 1;
    }
    last_free_bytes_ = free_bytes;
    is_space_settled_ = !free_bytes || *free_bytes >= request_.retention.free_bytes_min ||
                        futile_ >= kFutileDeletionsMax;
    return !is_space_settled_;
  }

  void remove(const PruneChoice& choice) {
    std::string name = names_.make(choice.backup.file);
    has_freed_ = false;
    if (is_held_by_others(name)) {
      ++outcome_.held;
      return;
    }
    if (!request_.is_dry) {
      const std::error_code error = directory_.remove(name);
      if (error && !is_gone(error)) return add_failure({error, "remove " + name});
      gone_.insert(name);
      if (error) return;  // somebody else was faster
    }
    has_freed_ = choice.reason == PruneReason::free_space;
    outcome_.pruned.push_back(
        {.name = std::move(name), .size_bytes = choice.backup.size_bytes, .reason = choice.reason});
  }

  bool is_held_by_others(const std::string& name) {
    if (!directory_.is_open_somewhere(name)) return false;
    if (request_.own_open_files.empty()) return true;
    const StatusResult found = directory_.status(name);
    return found.error ||
           std::none_of(request_.own_open_files.begin(), request_.own_open_files.end(),
                        [&](const FileStatus& own) { return own.is_same_file(found.status); });
  }

  void add_failure(Failure failure) {
    if (++outcome_.failure_count <= kPruneFailuresMax) {
      outcome_.failures.push_back(std::move(failure));
    }
  }

  // Constant after construction.
  Directory& directory_;
  const BackupNames& names_;
  const PruneRequest& request_;
  const std::stop_token& stop_;

  PruneOutcome outcome_;
  std::unordered_set<std::string> gone_;
  bool has_freed_ = false;  // the deletion before this one was for space, and was done
  bool is_space_settled_ = false;
  int futile_ = 0;  // deletions in a row
  std::optional<std::uint64_t> last_free_bytes_;
};

}  // namespace

PruneOutcome prune(Directory& directory, const BackupNames& names,
                   std::vector<ListedBackup>& backups, const PruneRequest& request,
                   const std::stop_token& stop) {
  return Pruning(directory, names, request, stop).run(backups);
}

}  // namespace lathe
