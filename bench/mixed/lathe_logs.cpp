// SPDX-License-Identifier: MIT
//
// lathe, formatted and deferred, with each way to sync.

#include <lathe/lathe.hpp>

#include <chrono>
#include <stdexcept>
#include <system_error>

#include "contender.hpp"
#include "request_log.hpp"

namespace lathe::bench {
namespace {

enum class Form { formatted, deferred };

BackendOptions backend_options() {
  BackendOptions options;
  if (bench_cpus().size() > 1) {
    options.cpu = bench_cpus()[1];
  }
  return options;
}

template <Form Way>
class LatheLog final : public RequestLog {
 public:
  LatheLog(const std::string& path, const SyncOptions& sync)
      : backend_(backend_options(),
                 rotating_file_sink({.path = path, .sync = sync, .pattern = kLathePattern})),
        log_(backend_.logger("bench")) {}

  void received(std::uint64_t number, std::string_view path, std::uint64_t user) override {
    LATHE_INFO(way(), kReceived, number, path, user);
  }
  void found(std::uint64_t number, std::uint64_t user, std::string_view order) override {
    LATHE_INFO(way(), kFound, number, user, order);
  }
  void answered(std::uint64_t number, std::uint64_t hash) override {
    LATHE_LOG(way(), is_error(number) ? Level::error : Level::info, kAnswered, number, hash);
  }

  void finish() override {
    if (const std::error_code error = backend_.flush()) {
      throw std::system_error(error, "lathe");
    }
    const Stats stats = backend_.stats();
    if (stats.sync_errors + stats.wait_errors + stats.write_errors != 0) {
      throw std::runtime_error("lathe: a write or a sync failed");
    }
  }

 private:
  auto way() const {
    if constexpr (Way == Form::deferred) {
      return log_.deferred();
    } else {
      return log_;
    }
  }

  Backend backend_;
  Logger log_;
};

// Off, but for what the functions below turn on.
SyncOptions never() {
  return {.interval = std::chrono::nanoseconds(0), .level_min = Level::off, .on_rotate = false};
}

SyncOptions every_second() { return {}; }  // the default; critical records, too

SyncOptions every_batch() {
  SyncOptions sync = never();
  sync.every_batch = true;
  return sync;
}

SyncOptions errors() {
  SyncOptions sync = never();
  sync.level_min = Level::error;
  return sync;
}

SyncOptions errors_waited_for() {
  SyncOptions sync = errors();
  sync.wait_level = true;
  return sync;
}

template <Form Way, SyncOptions (*Sync)()>
std::unique_ptr<RequestLog> make_log(const std::string& path) {
  return std::make_unique<LatheLog<Way>>(path, Sync());
}

constexpr LogKind kLogs[] = {
    {"lathe-never", "lathe, no sync", &make_log<Form::formatted, &never>},
    {"lathe", "lathe, sync 1s", &make_log<Form::formatted, &every_second>},
    {"lathe-batch", "lathe, sync every batch", &make_log<Form::formatted, &every_batch>},
    {"lathe-error", "lathe, sync errors", &make_log<Form::formatted, &errors>},
    {"lathe-wait", "lathe, wait for errors", &make_log<Form::formatted, &errors_waited_for>},
    {"lathe-deferred-never", "deferred, no sync", &make_log<Form::deferred, &never>},
    {"lathe-deferred", "deferred, sync 1s", &make_log<Form::deferred, &every_second>},
    {"lathe-deferred-batch", "deferred, sync every batch", &make_log<Form::deferred, &every_batch>},
    {"lathe-deferred-error", "deferred, sync errors", &make_log<Form::deferred, &errors>},
    {"lathe-deferred-wait", "deferred, wait for errors",
     &make_log<Form::deferred, &errors_waited_for>},
};

}  // namespace

std::span<const LogKind> lathe_logs() { return kLogs; }

}  // namespace lathe::bench
