// SPDX-License-Identifier: MIT

#include "engine/logger_table.hpp"

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

#include "os/lasting.hpp"

namespace lathe {

namespace {

// Loggers live until the process ends (a program may keep a Logger anywhere). They are kept in one
// place so that leak checkers see them.
BoundLogger& make_lasting_logger(std::string_view name, Level level) {
  static Lasting<std::mutex> mutex;
  static Lasting<std::deque<BoundLogger>> all;
  const std::lock_guard lock(mutex.get());
  return all.get().emplace_back(std::string(name), level, Unbound::count);
}

}  // namespace

LoggerTable::LoggerTable(std::shared_ptr<ProducerRegistry> registry, Level level)
    : registry_(std::move(registry)), level_(level), backend_id_(next_backend_id()) {
  add_locked(make_lasting_logger("lathe", level));
}

BoundLogger& LoggerTable::find_or_add(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(loggers_.begin(), loggers_.end(),
                                  [&](const BoundLogger* each) { return each->name == name; });
  if (found != loggers_.end()) {
    return **found;
  }
  BoundLogger& logger = make_lasting_logger(name, level_);
  add_locked(logger);
  return logger;
}

void LoggerTable::adopt(BoundLogger& logger) {
  const std::lock_guard lock(mutex_);
  add_locked(logger);
}

void LoggerTable::add_locked(BoundLogger& logger) {
  loggers_.push_back(&logger);
  if (loggers_.size() <= kTableSize) {
    table_[loggers_.size() - 1].store(&logger.info, std::memory_order_release);  // R:U
  }
  if (spool_ != nullptr) {
    spool_->add_logger(static_cast<std::uint32_t>(loggers_.size() - 1), logger.name);
  }
  logger.bind(registry_, backend_id_, static_cast<std::uint32_t>(loggers_.size() - 1));
}

void LoggerTable::use_spool(std::shared_ptr<Spool> spool) {
  const std::lock_guard lock(mutex_);
  spool_ = std::move(spool);
  for (std::size_t number = 0; number < loggers_.size(); ++number) {
    spool_->add_logger(static_cast<std::uint32_t>(number), loggers_[number]->name);
  }
}

const LoggerInfo& LoggerTable::info(std::uint32_t number) const {
  const std::lock_guard lock(mutex_);
  return loggers_[number]->info;
}

void LoggerTable::unbind_all() noexcept {
  const std::lock_guard lock(mutex_);
  for (BoundLogger* logger : loggers_) {
    logger->unbind(backend_id_);
  }
}

}  // namespace lathe
