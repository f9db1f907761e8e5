// SPDX-License-Identifier: MIT
//
// One record as sinks see it: a view of finished text and where it came from.

#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include <lathe/level.hpp>

#pragma GCC visibility push(default)

namespace lathe {

// Wall-clock time in nanoseconds since 1970-01-01 00:00:00 UTC.
using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

// The thread that logged. `serial` is unique in the process and never reused (thread ids are);
// 0 means "made by hand", which tells renderers not to cache anything about it.
struct ThreadInfo {
  std::uint64_t serial = 0;
  std::uint32_t id = 0;   // the kernel's thread id (gettid)
  std::string_view name;  // as set when the thread logged first; at most 15 bytes on Linux
};

// Where the log call stands in the source. `serial` as in ThreadInfo.
struct SourceInfo {
  std::uint64_t serial = 0;
  std::string_view path;  // __FILE__ as the compiler was given it
  std::string_view file;  // its base name
  std::uint32_t line = 0;
};

// The logger that was called. `serial` as in ThreadInfo.
struct LoggerInfo {
  std::uint64_t serial = 0;
  std::string_view name;
};

// One record: what was said, how severe, when, and by whom.
//
// Threads:   thread-compatible; the backend hands it to one sink at a time
// Lifetime:  a view. Everything it points to ends when the sink's write() returns: copy what you
//            keep. The three infos are never null.
struct Record {
  WallTime time;
  std::string_view message;  // formatted, not escaped, no line end added
  const ThreadInfo* thread = nullptr;
  const SourceInfo* source = nullptr;
  const LoggerInfo* logger = nullptr;
  Level level = Level::info;

  [[nodiscard]] std::uint32_t thread_id() const noexcept { return thread->id; }
  [[nodiscard]] std::string_view thread_name() const noexcept { return thread->name; }
  [[nodiscard]] std::string_view logger_name() const noexcept { return logger->name; }
  [[nodiscard]] std::string_view file() const noexcept { return source->file; }
  [[nodiscard]] std::string_view path() const noexcept { return source->path; }
  [[nodiscard]] std::uint32_t line() const noexcept { return source->line; }
};

}  // namespace lathe

#pragma GCC visibility pop
