// SPDX-License-Identifier: MIT
//
// One backend for the whole program: start it once in main, log from anywhere.

#pragma once

#include <chrono>
#include <system_error>
#include <utility>

#include <lathe/backend.hpp>
#include <lathe/logger.hpp>
#include <lathe/macros.hpp>
#include <lathe/options.hpp>

#pragma GCC visibility push(default)

namespace lathe {

// Starts the program's backend with a rotating file, or with sinks of your choice. It stops by
// itself when the program exits (after main's objects, with the static ones), or by stop().
//
// Before start and after the end, records go to stderr, one line each: nothing is lost or
// undefined, not even from static constructors and destructors.
//
// Throws:    what the Backend's constructor throws; std::logic_error if it is started already
// Threads:   thread-safe
// Tested by: GlobalTest
void start(RotatingFileOptions file, BackendOptions options = {});
void start(BackendOptions options, Sinks sinks);

// Writes and syncs everything and closes the files. Does nothing if it is not started.
void stop() noexcept;

// The program's logger; valid before start and after stop, too.
[[nodiscard]] Logger log() noexcept;

// As Backend's. Nothing to wait for is no error.
std::error_code flush();
std::error_code flush(std::chrono::nanoseconds deadline);
std::error_code sync();

template <class... Args>
void trace(FormatString<Args...> format, Args&&... args) noexcept {
  log().log(Level::trace, format, std::forward<Args>(args)...);
}
template <class... Args>
void debug(FormatString<Args...> format, Args&&... args) noexcept {
  log().log(Level::debug, format, std::forward<Args>(args)...);
}
template <class... Args>
void info(FormatString<Args...> format, Args&&... args) noexcept {
  log().log(Level::info, format, std::forward<Args>(args)...);
}
template <class... Args>
void warn(FormatString<Args...> format, Args&&... args) noexcept {
  log().log(Level::warn, format, std::forward<Args>(args)...);
}
template <class... Args>
void error(FormatString<Args...> format, Args&&... args) noexcept {
  log().log(Level::error, format, std::forward<Args>(args)...);
}
template <class... Args>
void critical(FormatString<Args...> format, Args&&... args) noexcept {
  log().log(Level::critical, format, std::forward<Args>(args)...);
}

}  // namespace lathe

#pragma GCC visibility pop
