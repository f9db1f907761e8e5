// SPDX-License-Identifier: MIT
//
// CollectingSink: keeps copies of everything it is given, and fails when told to.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include <lathe/sink.hpp>

namespace lathe {

struct CollectedRecord {
  std::int64_t time_ns;
  Level level;
  std::string message;
  std::string logger;
  std::string file;
  std::string thread_name;
  std::uint32_t line;
  std::uint32_t thread_id;
};

// What a test keeps after it has given the sink away.
struct Collected {
  [[nodiscard]] std::vector<CollectedRecord> records() const {
    const std::lock_guard lock(mutex);
    return kept;
  }
  [[nodiscard]] std::vector<std::string> messages() const {
    std::vector<std::string> texts;
    for (const CollectedRecord& record : records()) {
      texts.push_back(record.message);
    }
    return texts;
  }

  mutable std::mutex mutex;
  std::vector<CollectedRecord> kept;          // guarded by mutex
  int flushes = 0;                            // backend thread only
  int syncs = 0;                              // backend thread only
  std::function<std::error_code()> on_write;  // set before the backend starts; may throw
  std::function<std::error_code()> on_flush;
  std::function<std::error_code()> on_sync;
  bool stuck = false;  // backend thread only: what wants_retry() says
};

class CollectingSink final : public Sink {
 public:
  explicit CollectingSink(std::shared_ptr<Collected> collected)
      : collected_(std::move(collected)) {}

  std::error_code write(std::span<const Record> batch) override {
    if (collected_->on_write) {
      if (const std::error_code error = collected_->on_write()) {
        return error;
      }
    }
    const std::lock_guard lock(collected_->mutex);
    for (const Record& record : batch) {
      collected_->kept.push_back({.time_ns = record.time.time_since_epoch().count(),
                                  .level = record.level,
                                  .message = std::string(record.message),
                                  .logger = std::string(record.logger_name()),
                                  .file = std::string(record.file()),
                                  .thread_name = std::string(record.thread_name()),
                                  .line = record.line(),
                                  .thread_id = record.thread_id()});
    }
    return {};
  }
  std::error_code flush() override {
    ++collected_->flushes;
    return collected_->on_flush ? collected_->on_flush() : std::error_code();
  }
  std::error_code sync() override {
    ++collected_->syncs;
    return collected_->on_sync ? collected_->on_sync() : std::error_code();
  }
  [[nodiscard]] bool wants_retry() const override { return collected_->stuck; }

 private:
  std::shared_ptr<Collected> collected_;
};

}  // namespace lathe
