// SPDX-License-Identifier: MIT
//
// The part of BackendCore that makes it crash-safe.

#include <fmt/format.h>

#include <exception>
#include <utility>

#include "core/sink_description.hpp"
#include "engine/backend_core.hpp"
#include "engine/crash_row.hpp"
#include "engine/recovery.hpp"
#include "os/memory.hpp"
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
  if (spool == nullptr) return private_journal(sink);
  try {
    const SinkMemory memory = spool->add_sink(encode(sink.description()), kJournalBlockBytes);
    auto& state = *reinterpret_cast<FileJournalState*>(memory.state.data());
    const std::span<char> block(reinterpret_cast<char*>(memory.block.data()), memory.block.size());
    ++spooled_sinks_;
    return add_journal(sink, state, block);
  } catch (const std::exception& error) {
    complaints_.tell(fmt::format("records of a file will not survive the end of this process: {}",
                                 error.what()));
    return private_journal(sink);
  }
}

// For a crash handler alone.
FileJournal* BackendCore::private_journal(JournaledSink& sink) {
  const std::size_t state_bytes = page_bytes();
  SharedPages& pages =
      private_journals_.emplace_back(private_pages(state_bytes + kJournalBlockBytes));
  auto& state = *new (pages.data()) FileJournalState{};
  return add_journal(sink, state,
                     {reinterpret_cast<char*>(pages.data()) + state_bytes, kJournalBlockBytes});
}

FileJournal* BackendCore::add_journal(JournaledSink& sink, FileJournalState& state,
                                      std::span<char> block) {
  FileJournal& journal = journals_.emplace_back(state, block, drain_.place(), &drain_.gate());
  crash_.add_file(journal, sink.description());
  return &journal;
}

// Before there is any queue. Without a sink that could go on from it, nobody would read the spool.
void BackendCore::settle_on_spool() {
  std::shared_ptr<Spool>& spool = registry_->shared().spool;
  if (spool != nullptr && spooled_sinks_ == 0) {
    remove_spool();
    spool.reset();
  }
  crash_.refresh_zone(clock_.wall_ns() / kNsPerSecond);
  if (spool == nullptr) {
    drain_.use_private_log();
    return;
  }
  loggers_.use_spool(spool);
  drain_.use_spool(spool);
  const std::lock_guard lock(stats_mutex_);
  stats_.crash_safe = true;
}

// A crash handler waits: all that is queued by now is to be written soon.
void BackendCore::begin_crash_answer() {
  const std::uint32_t asked = crash_.asked();
  if (!crash_.is_asked() || crash_asked_ == asked) return;
  drain_.mark();
  crash_asked_ = asked;
}

void BackendCore::answer_crash() noexcept {
  const bool is_due = crash_.is_asked() && crash_asked_ == crash_.asked();
  if (!is_due || sinks_.is_stuck() || !drain_.reached_mark()) return;
  crash_.answer(crash_asked_);
  if (!shutting_down_) crash_.hold(crash_asked_);
}

// All is written, or given up; no handler has to wait for us.
void BackendCore::leave_crash_row() noexcept {
  crash_.answer(crash_.asked());
  CrashRow::instance().leave(crash_);
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
