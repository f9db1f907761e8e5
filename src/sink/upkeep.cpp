// SPDX-License-Identifier: MIT

#include "sink/upkeep.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "sink/renumber.hpp"

namespace lathe {
namespace {

// One pass.
class Upkeep {
 public:
  Upkeep(const UpkeepPlan& plan, const std::vector<FileStatus>& own_open_files, bool may_pack,
         std::stop_token stop)
      : plan_(plan),
        directory_(*plan.directory),
        names_(*plan.backups),
        memory_(*plan.memory),
        own_open_files_(own_open_files),
        may_pack_(may_pack),
        stop_(std::move(stop)) {}

  UpkeepOutcome run() {
    if (take_lock() && list()) {
      remove_leftovers();
      give_indexes();
      prune_backups();
      put_link();
      if (may_pack_) pack_one();
      put_link();
      outcome_.pending = count_pending();
    }
    outcome_.is_complete = true;
    return std::move(outcome_);
  }

 private:
  // A backup to pack: where it is in the list.
  struct Job {
    std::size_t position = 0;  // of the plain form
    bool is_pair = false;      // the next one in the list is its packed form
  };

  // False if there is nothing to do without it.
  bool take_lock() {
    if (!plan_.is_shared && !names_.is_indexed()) return true;
    LockFileResult opened = directory_.open_lock(plan_.lock_name, plan_.permissions);
    lock_ = std::move(opened.file);
    std::error_code error = opened.error;
    if (!error) error = lock_->acquire(false);
    outcome_.was_busy = error == std::errc::device_or_resource_busy;
    if (error && !outcome_.was_busy) add_failure({error, "lock " + plan_.lock_name});
    return !error;
  }

  bool list() {
    BackupList listed = list_backups(directory_, names_);
    if (listed.failure) add_failure(std::move(listed.failure));
    backups_ = std::move(listed.backups);
    leftovers_ = std::move(listed.temporaries);
    return outcome_.failures.empty();
  }

  // Nobody else can be at work on them: packing is our own, and we do one at a time.
  void remove_leftovers() {
    for (const std::string& name : leftovers_) {
      if (stop_.stop_requested()) return;
      const std::error_code error = directory_.remove(name);
      if (error && error != std::errc::no_such_file_or_directory) {
        add_failure({error, "remove " + name});
      }
    }
  }

  void give_indexes() {
    if (!names_.is_indexed() || backups_.empty() || backups_.back().file.index > 0) return;
    // The two forms of a backup move one after the other. A crash in between would make two
    // backups of it, so packing ends first.
    is_renumbering_put_off_ = has_pair_to_end();
    if (is_renumbering_put_off_) return;
    RenumberOutcome renumbered = renumber(directory_, names_, backups_, stop_);
    if (renumbered.failure) add_failure(std::move(renumbered.failure));
    for (const Renaming& renaming : renumbered.done) {
      for (std::set<std::string>* names : {&memory_.given_up, &memory_.put_off}) {
        if (names->erase(renaming.from) > 0) names->insert(renaming.to);
      }
    }
  }

  bool has_pair_to_end() const {
    for (std::size_t i = 0; i < backups_.size(); ++i) {
      const std::string& name = backups_[i].name;
      // One that failed may fail for ever; the others cannot wait for it.
      if (is_pair(i) && !memory_.given_up.contains(name) && !memory_.put_off.contains(name)) {
        return true;
      }
    }
    return false;
  }

  void prune_backups() {
    const PruneRequest request{.retention = plan_.retention,
                               .now_ns = plan_.clock->wall_ns(),
                               .own_open_files = own_open_files_};
    PruneOutcome pruned = prune(directory_, names_, backups_, request, stop_);
    for (const PruneEntry& entry : pruned.pruned) {
      memory_.given_up.erase(entry.name);
      memory_.put_off.erase(entry.name);
    }
    outcome_.pruned = std::move(pruned.pruned);
    outcome_.held = pruned.held;
    for (Failure& failure : pruned.failures) add_failure(std::move(failure));
  }

  void put_link() {
    const std::string& link = plan_.latest_link;
    if (link.empty() || backups_.empty() || memory_.given_up.contains(link)) return;
    const std::string& newest = backups_.back().name;
    if (newest == tried_link_target_) return;
    // Another process may have put it elsewhere since; then what we remember is worth nothing.
    if (!plan_.is_shared && newest == memory_.link_target) return;
    tried_link_target_ = newest;
    const std::error_code error = directory_.put_symlink(link, newest);
    if (error == std::errc::file_exists) memory_.given_up.insert(link);  // nobody renames it soon
    if (error) return add_failure({error, "link " + link + " to " + newest});
    memory_.link_target = newest;
  }

  void pack_one() {
    const std::optional<Job> job = next_job();
    if (!job || stop_.stop_requested()) return;
    const std::string name = backups_[job->position].name;
    const BackupFile& file = backups_[job->position].file;
    const PackRequest request{
        .plain = file,
        .packed = job->is_pair ? backups_[job->position + 1].file.packed : plan_.compression,
        .permissions = plan_.permissions};
    PackOutcome packed = job->is_pair ? finish_packing(directory_, names_, request, stop_)
                                      : pack_backup(directory_, names_, request, stop_);
    if (packed.end == PackEnd::stopped) return;
    memory_.put_off.erase(name);
    if (packed.end == PackEnd::packed) {
      outcome_.packed_one = true;
      replace_by_packed(*job, request.packed);
    } else {
      outcome_.pack_failed = true;
      add_failure(std::move(packed.failure));
      const bool is_final = packed.end == PackEnd::given_up;
      (is_final ? memory_.given_up : memory_.put_off).insert(name);
      if (!is_final) return;  // the caller waits a while
    }
    outcome_.has_more = is_renumbering_put_off_ || next_job().has_value();
  }

  // Of those that can be packed now, one that a crash has left in two forms, else the oldest.
  std::optional<Job> next_job() {
    std::optional<Job> job = find_job(true);
    if (!job) job = find_job(false);
    if (job || memory_.put_off.empty()) return job;
    memory_.put_off.clear();  // a new round
    job = find_job(true);
    return job ? job : find_job(false);
  }

  std::optional<Job> find_job(bool wants_pair) {
    const std::size_t packable = count_packable();
    for (std::size_t i = 0; i < backups_.size(); ++i) {
      if (is_pair(i) != wants_pair || !is_waiting(i, packable)) continue;
      if (memory_.put_off.contains(backups_[i].name)) continue;
      const StatusResult found = directory_.status(backups_[i].name);
      if (found.error == std::errc::no_such_file_or_directory) {
        backups_.erase(backups_.begin() + static_cast<std::ptrdiff_t>(i));
        return find_job(wants_pair);
      }
      // What cannot be looked at cannot be packed either; that failure will be told.
      if (found.error || is_ready(backups_[i].name, found.status)) {
        return Job{.position = i, .is_pair = wants_pair};
      }
    }
    return std::nullopt;
  }

  bool is_ready(const std::string& name, const FileStatus& status) {
    if (status.kind != FileKind::regular) {
      memory_.given_up.insert(name);
      add_failure({std::make_error_code(std::errc::invalid_argument),
                   "pack " + name + ", which is no regular file"});
      return false;
    }
    const bool is_ours =
        std::any_of(own_open_files_.begin(), own_open_files_.end(),
                    [&](const FileStatus& own) { return own.is_same_file(status); });
    // Whoever has it open may still write to it: another of us, or we, since those were listed.
    return !is_ours && !directory_.is_open_somewhere(name);
  }

  // How many files, from the oldest on, are not kept plain.
  std::size_t count_packable() const {
    if (plan_.compression == Compression::none) return 0;
    std::size_t packable = backups_.size();
    std::uint64_t kept = 0;
    while (packable > 0) {
      const bool is_another = packable == backups_.size() ||
                              !is_same_backup(backups_[packable - 1].file, backups_[packable].file);
      if (is_another && ++kept > plan_.keep_plain) break;
      --packable;
    }
    return packable;
  }

  bool is_pair(std::size_t i) const {
    return backups_[i].file.packed == Compression::none && i + 1 < backups_.size() &&
           is_same_backup(backups_[i].file, backups_[i + 1].file);
  }

  // True for a plain file that is to become a packed one. A pair, whatever the options say by now:
  // it was to be packed once.
  bool is_waiting(std::size_t i, std::size_t packable) const {
    if (backups_[i].file.packed != Compression::none) return false;
    return (i < packable || is_pair(i)) && !memory_.given_up.contains(backups_[i].name);
  }

  std::uint64_t count_pending() const {
    const std::size_t packable = count_packable();
    std::uint64_t pending = 0;
    for (std::size_t i = 0; i < backups_.size(); ++i) pending += is_waiting(i, packable);
    return pending;
  }

  void replace_by_packed(const Job& job, Compression packed) {
    const auto plain = backups_.begin() + static_cast<std::ptrdiff_t>(job.position);
    if (job.is_pair) {
      backups_.erase(plain);
    } else {
      plain->file.packed = packed;
      plain->name = names_.make(plain->file);
    }
  }

  void add_failure(Failure failure) { outcome_.failures.push_back(std::move(failure)); }

  // Constant after construction.
  const UpkeepPlan& plan_;
  Directory& directory_;
  const BackupNames& names_;
  UpkeepMemory& memory_;
  const std::vector<FileStatus>& own_open_files_;
  bool may_pack_;
  std::stop_token stop_;

  UpkeepOutcome outcome_;
  std::unique_ptr<LockFile> lock_;     // held, where it is needed
  std::vector<ListedBackup> backups_;  // as in list_backups, kept up to date
  std::vector<std::string> leftovers_;
  std::string tried_link_target_;  // by this pass
  bool is_renumbering_put_off_ = false;
};

}  // namespace

UpkeepOutcome keep_up(const UpkeepPlan& plan, const std::vector<FileStatus>& own_open_files,
                      bool may_pack, std::stop_token stop) {
  return Upkeep(plan, own_open_files, may_pack, std::move(stop)).run();
}

}  // namespace lathe
