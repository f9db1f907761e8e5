// SPDX-License-Identifier: MIT

#include "sink/sync_ledger.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace lathe {
namespace {

bool asks_for_sync(const SyncOptions& options) noexcept {
  return options.interval.count() > 0 || options.bytes_max > 0 || options.level_min < Level::off ||
         options.every_batch || options.on_rotate;
}

bool contains(const std::vector<std::shared_ptr<LogFile>>& files,
              const std::shared_ptr<LogFile>& file) {
  return std::find(files.begin(), files.end(), file) != files.end();
}

}  // namespace

SyncLedger::SyncLedger(const SyncOptions& options, bool may_hold)
    : has_policy_(asks_for_sync(options)),
      may_hold_(may_hold),
      policy_(options),
      unsynced_(options.retain_bytes_max) {}

std::shared_ptr<LogFile> SyncLedger::retire(std::shared_ptr<LogFile> file) {
  if (!has_policy_ && may_hold_ && !file->is_suspect()) {
    held_.push_back(std::move(file));
    if (held_.size() <= kHeldFilesMax) return nullptr;
    file = held_.front();
    held_.erase(held_.begin());
  }
  retiring_.push_back(file);
  return file;
}

void SyncLedger::cover_names(SyncRequest& request) noexcept {
  request.mark = unsynced_.begin_sync();
  request.wants_names = names_durable_ != names_version_;
  request.names_version = names_version_;
}

void SyncLedger::cover_all(const std::shared_ptr<LogFile>& active, SyncRequest& request) {
  policy_.note_sync_start();
  for (const auto* files : {&retiring_, &held_}) {
    for (const auto& file : *files) {
      if (!file->is_suspect()) request.files.push_back(file);
    }
  }
  if (!active->is_suspect()) request.files.push_back(active);
  request.active = active;
  cover_names(request);
}

void SyncLedger::cover_retiring(const std::shared_ptr<LogFile>& file, SyncRequest& request) {
  if (!file->is_suspect()) request.files.push_back(file);
  request.to_close = file;
  cover_names(request);
}

std::vector<Failure> SyncLedger::settle(const SyncOutcome& outcome) {
  assert(outcome.files.size() == outcome.file_errors.size());
  std::vector<Failure> news;
  if (!outcome.is_complete) {
    news.push_back({std::make_error_code(std::errc::not_enough_memory), "sync"});
  }
  for (std::size_t i = 0; i < outcome.files.size(); ++i) {
    const std::error_code error = outcome.file_errors[i];
    if (!error) unsynced_.note_synced(outcome.files[i], outcome.mark, outcome.names_version);
    if (!error || outcome.files[i]->is_suspect()) continue;
    outcome.files[i]->sync_error = error;
    // Somebody else has closed it: whatever has its number now must not be closed by us.
    if (error == std::errc::bad_file_descriptor) outcome.files[i]->file->forget();
    news.push_back({error, "sync a file (what it holds may be lost in a power cut)"});
  }
  if (outcome.synced_names && outcome.names_error) {
    news.push_back({outcome.names_error, "sync the directory"});
  }
  if (outcome.synced_names && !outcome.names_error) {
    names_durable_ = std::max(names_durable_, outcome.names_version);
  }
  unsynced_.note_names_durable(names_durable_);
  if (!news.empty()) answer_ = news.front().error;
  if (outcome.closed != nullptr) std::erase(retiring_, outcome.closed);
  return news;
}

std::vector<std::shared_ptr<LogFile>> SyncLedger::release_held(const SyncOutcome& outcome) {
  std::vector<std::shared_ptr<LogFile>> released;
  for (const auto& file : outcome.files) {
    // One that was active then has been written to since.
    if (file == outcome.active || !contains(held_, file)) continue;
    std::erase(held_, file);
    released.push_back(file);
  }
  return released;
}

std::error_code SyncLedger::take_answer(const LogFile& active) noexcept {
  const std::error_code answer = std::exchange(answer_, {});
  return active.is_suspect() ? active.sync_error : answer;
}

std::vector<FileStatus> SyncLedger::open_files() const {
  std::vector<FileStatus> open;
  for (const auto* files : {&retiring_, &held_}) {
    for (const auto& file : *files) open.push_back(file->identity);
  }
  return open;
}

std::vector<std::shared_ptr<LogFile>> SyncLedger::take_held() noexcept {
  return std::exchange(held_, {});
}

}  // namespace lathe
