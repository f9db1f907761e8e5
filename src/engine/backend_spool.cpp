// SPDX-License-Identifier: MIT
//
// The part of BackendCore that makes it crash-safe.

#include <fmt/format.h>

#include <exception>
#include <utility>

#include "core/sink_description.hpp"
#include "engine/backend_core.hpp"
#include "engine/recovery.hpp"
#include "queue/spool.hpp"

namespace lathe {

std::shared_ptr<QueueShared> BackendCore::make_shared_queues(Level wait_level) {
  std::shared_ptr<Spool> spool;
  if (options_.crash_safe) {
    try {
      spool = Spool::create(options_.spool_directory, clock_.wall_ns());
    } catch (const std::exception& error) {
      complaints_.tell(
          fmt::format("queued records will not survive the end of this process: {}", error.what()));
    }
  }
  return std::make_shared<QueueShared>(options_, clock_, wait_level, std::move(spool));
}

FileJournal* BackendCore::journal(JournaledSink& sink) {
  const std::uint64_t recovered = recover_file(
      sink, options_.spool_directory, [this](const std::string& text) { complaints_.tell(text); });
  {
    const std::lock_guard lock(stats_mutex_);
    stats_.records_recovered += recovered;
  }
  const std::shared_ptr<Spool>& spool = registry_->shared().spool;
  if (spool == nullptr) return nullptr;
  try {
    const SinkMemory memory = spool->add_sink(encode(sink.description()), kJournalBlockBytes);
    auto& state = *reinterpret_cast<FileJournalState*>(memory.state.data());
    const std::span<char> block(reinterpret_cast<char*>(memory.block.data()), memory.block.size());
    return &journals_.emplace_back(state, block, drain_.place());
  } catch (const std::exception& error) {
    complaints_.tell(fmt::format("records of a file will not survive the end of this process: {}",
                                 error.what()));
    return nullptr;
  }
}

// Before there is any queue. Without a sink that could go on from it, nobody would read the spool.
void BackendCore::settle_on_spool() {
  std::shared_ptr<Spool>& spool = registry_->shared().spool;
  if (spool == nullptr) return;
  if (journals_.empty()) {
    remove_spool();
    spool.reset();
    return;
  }
  loggers_.use_spool(spool);
  drain_.use_spool(spool);
  const std::lock_guard lock(stats_mutex_);
  stats_.crash_safe = true;
}

// All is written, or given up and counted.
void BackendCore::remove_spool() noexcept {
  const std::shared_ptr<Spool>& spool = registry_->shared().spool;
  if (spool == nullptr) return;
  if (const std::error_code error = spool->remove()) {
    try {
      complaints_.tell(fmt::format("{}: cannot remove it: {}", spool->path(), error.message()));
    } catch (...) {  // no memory to tell it; the next start removes it, for there is nothing in it
    }
  }
}

}  // namespace lathe
