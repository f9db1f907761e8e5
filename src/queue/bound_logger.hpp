// SPDX-License-Identifier: MIT
//
// BoundLogger: what is behind the pointer in a Logger.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include <lathe/format.hpp>
#include <lathe/record.hpp>

#include "queue/producer_registry.hpp"

namespace lathe {

// What becomes of a record whose logger has no backend.
enum class Unbound : std::uint8_t { count, write_to_stderr };

// A name and a level, tied to a backend as long as that lives. Never freed, since Loggers point to
// it for ever; a backend makes one for each name.
//
// Edges: none. For `backend_id` see LoggerState; the registry is read under a mutex.
//
// Threads:   thread-safe
// Tested by: LoggerTest
struct BoundLogger : LoggerState {
  BoundLogger(std::string name_, Level level_, Unbound unbound_);

  void bind(std::shared_ptr<ProducerRegistry> registry, std::uint64_t id,
            std::uint32_t number) noexcept;
  void unbind(std::uint64_t id) noexcept;  // nothing if it is bound to another backend by now
  [[nodiscard]] std::shared_ptr<ProducerRegistry> registry() const noexcept;

  // Constant after construction.
  const std::string name;
  const Unbound unbound;
  const LoggerInfo info;

  // The process that bound it; a forked child must take no lock to find out that it is another.
  std::atomic<std::uint32_t> process_id{0};  // relaxed, goes with backend_id

 private:
  std::shared_ptr<ProducerRegistry> registry_;  // guarded by one mutex for all loggers
};

// A number for each backend of the process, never given twice; from 1 on.
[[nodiscard]] std::uint64_t next_backend_id() noexcept;

// A number for each thread, logger or other thing that renderers cache by; from 1 on.
[[nodiscard]] std::uint64_t next_serial() noexcept;

}  // namespace lathe
