// SPDX-License-Identifier: MIT
//
// LoggerTable: the loggers of one backend, by name for programs and by number for records.

#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include <lathe/record.hpp>

#include "queue/bound_logger.hpp"
#include "queue/spool.hpp"

namespace lathe {

// Edges: U  a logger's texts  R: adding it  A: find_info()
//
// Threads:   thread-safe
// Tested by: LoggerTest
class LoggerTable {
 public:
  // Number of the logger "lathe", whose records lathe makes itself.
  static constexpr std::uint32_t kOwnLogger = 0;

  LoggerTable(std::shared_ptr<ProducerRegistry> registry, Level level);
  ~LoggerTable() { unbind_all(); }
  LoggerTable(const LoggerTable&) = delete;
  LoggerTable& operator=(const LoggerTable&) = delete;

  // The logger of that name; made at the first call. Throws std::bad_alloc.
  [[nodiscard]] BoundLogger& find_or_add(std::string_view name);

  // Ties a logger that exists already (the program-wide one) to this backend.
  void adopt(BoundLogger& logger);

  [[nodiscard]] const LoggerInfo& info(std::uint32_t number) const;

  // The same without a lock, for a crash handler; null beyond kTableSize.
  [[nodiscard]] const LoggerInfo* find_info(std::uint32_t number) const noexcept {
    return number < kTableSize ? table_[number].load(std::memory_order_acquire) : nullptr;  // A:U
  }
  static constexpr std::size_t kTableSize = 1024;

  // Has the names of all loggers, those that are there and those that come, noted in a spool.
  void use_spool(std::shared_ptr<Spool> spool);

  // From now on, calls of these loggers are refused.
  void unbind_all() noexcept;

 private:
  void add_locked(BoundLogger& logger);

  // Constant after construction.
  const std::shared_ptr<ProducerRegistry> registry_;
  const Level level_;
  const std::uint64_t backend_id_;

  mutable std::mutex mutex_;
  std::shared_ptr<Spool> spool_;       // guarded by mutex_; may be null
  std::vector<BoundLogger*> loggers_;  // guarded by mutex_; never freed, see BoundLogger
  std::array<std::atomic<const LoggerInfo*>, kTableSize> table_{};  // edge U
};

}  // namespace lathe
