// SPDX-License-Identifier: MIT

#include "process.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "core/calendar.hpp"
#include "engine/backend_core.hpp"
#include "os/compressor.hpp"
#include "sink/backup_list.hpp"
#include "support/log_oracle.hpp"
#include "support/temp_dir.hpp"

namespace lathe {

using namespace std::chrono_literals;

namespace {

// Within a sector, over one, over a page, and one that is longer than half a file.
constexpr std::array<std::size_t, 8> kSizes{40, 900, 60, 2600, 300, 1500, 48, 4500};
constexpr std::uint64_t kFileBytes = 6000;

RotatingFileOptions plain() {
  RotatingFileOptions options;
  options.path = std::string(kLogDirectory) + "/" + kLogName;
  options.pattern = kOraclePattern;
  options.rotation.size_bytes_max = kFileBytes;
  options.sync = {.interval = 0s, .level_min = Level::off, .on_rotate = false};
  return options;
}

}  // namespace

std::vector<Policy> all_policies() {
  std::vector<Policy> policies;
  const auto add = [&](const char* name, const SyncOptions& sync) -> RotatingFileOptions& {
    RotatingFileOptions options = plain();
    options.sync = sync;
    return policies.emplace_back(Policy{name, std::move(options)}).options;
  };
  const SyncOptions by_default;
  const SyncOptions off = plain().sync;
  add("default", by_default);
  add("off", off);
  add("interval", off).sync.interval = 400ms;
  add("bytes_max", off).sync.bytes_max = 1500;
  add("level_min", off).sync.level_min = Level::error;
  add("every_batch", off).sync.every_batch = true;
  add("on_rotate", off).sync.on_rotate = true;
  RotatingFileOptions& kept = add("default, packed, three kept", by_default);
  kept.preallocate = true;
  kept.retention.count_max = 3;
  kept.compression = is_built_in(Codec::gzip) ? Compression::gzip : Compression::none;
  RotatingFileOptions& indexed = add("interval, numbered, two kept, header, link", off);
  indexed.sync.interval = 400ms;
  indexed.naming.pattern = "{name}.{index}";
  indexed.naming.latest_link = "latest";
  indexed.retention.count_max = 2;
  indexed.header = "# begins";
  indexed.footer = "# ends";
  return policies;
}

BackupNames backup_names(const RotatingFileOptions& options) {
  return {options.naming, kLogName, local_offset};
}

Process::Process(const FakeFileSystem& files, FakeClock& clock, const RotatingFileOptions& options,
                 unsigned producer, const std::string& spool_directory)
    : files_(files), clock_(clock), producer_(producer) {
  BackendOptions backend;
  backend.thread = BackendThread::manual;
  backend.queue_bytes = 64 * KiB;  // for all of a run: who steps must not wait for himself
  backend.crash_safe = !spool_directory.empty();
  // One without spools: those in the usual place are of other programs.
  static const TempDir nothing;
  backend.spool_directory = backend.crash_safe ? spool_directory : nothing.path().string();
  backend.shutdown_timeout = 1ns;  // the clock stands still: who is stuck at the end is given up
  auto sink = std::make_unique<RotatingFileSink>(options, files_, clock);
  const RotatingFileSink* const its_sink = sink.get();
  auto core = std::make_unique<BackendCore>(backend, sinks(std::move(sink)), clock);
  backend_ = std::make_unique<Backend>(std::move(core));
  sink_ = its_sink;
  log_ = backend_->logger("app");
}

Process::~Process() { sink_ = nullptr; }

void Process::log_one() {
  const std::size_t bytes = kSizes[logged_ % kSizes.size()];
  const Level level = logged_ % 6 == 4 ? Level::error : Level::info;
  const std::string text = make_oracle_record({.producer = producer_, .number = logged_}, bytes);
  ++logged_;
  log_.log(level, "{}", text);
}

void Process::sync() {
  const std::uint64_t before = logged_;
  if (!backend_->sync()) acknowledged_ = before;
}

void Process::run() {
  constexpr int kRecords = 16;
  for (int i = 0; i < kRecords; ++i) {
    log_one();
    if (i % 3 != 0) (void)backend_->step();  // so that there are batches of two
    clock_.advance(150ms);
    if (i == 5) sync();
    if (i == 12) (void)backend_->rotate();
  }
  settle();
}

void Process::run_shortly() {
  log_one();
  (void)backend_->flush();
  for (int i = 0; i < 3; ++i) log_one();
  (void)backend_->rotate();
  log_one();
  sync();
  settle();
}

void Process::settle() {
  constexpr int kPauses = 3;
  constexpr int kStepsMax = 1000;  // of which a few do something
  for (int i = 0; i < kPauses; ++i) {
    int steps = 0;
    while (backend_->step() && ++steps < kStepsMax) {
    }
    EXPECT_LT(steps, kStepsMax) << "there is always more to do";
    clock_.advance(700ms);
  }
}

std::uint64_t Process::durable() const {
  if (sink_ == nullptr) return acknowledged_;  // it is just being made, or ends
  return std::max(acknowledged_, sink_->stats().records_durable.value_or(0));
}

void PruneWatch::before_call(Call call, const std::string& what) {
  settle();
  pending_ = {};  // has failed
  if (call != Call::remove) return;
  const std::string name = what.substr(what.find(' ') + 1);
  const std::string path = std::string(kLogDirectory) + "/" + name;
  const auto file = names_.parse(name);
  if (!file || !files_.exists(path)) return;
  for (const std::string& other : files_.names(kLogDirectory)) {
    const auto twin = names_.parse(other);
    const bool is_twin = twin && other != name && is_same_backup(*twin, *file);
    if (is_twin) return;
  }
  pending_ = {name, unpack(*file, files_.read(path)).value_or("cannot be unpacked: " + name)};
}

void PruneWatch::settle() {
  if (pending_.name.empty()) return;
  if (files_.exists(std::string(kLogDirectory) + "/" + pending_.name)) return;
  pruned_.push_back(std::move(pending_));
  pending_ = {};
}

const std::vector<PrunedText>& PruneWatch::pruned() {
  settle();
  return pruned_;
}

}  // namespace lathe
