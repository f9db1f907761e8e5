// SPDX-License-Identifier: MIT
//
// Logger: the front end that programs call.

#pragma once

#include <string_view>
#include <system_error>
#include <utility>

#include <lathe/deferred.hpp>
#include <lathe/format.hpp>
#include <lathe/level.hpp>

#pragma GCC visibility push(default)

namespace lathe {

class DeferredLogger;

// A named front end of a backend: a cheap value (one pointer). Copy it, keep it, pass it by value.
// Copies share the level. Get one from Backend::logger() or lathe::log().
//
// Threads:   thread-safe
// Lifetime:  always safe to call. Once its backend is gone, calls are refused and counted
//            (refused_records()); those of lathe::log() go to stderr instead.
// Errors:    a log call never throws and never ends the process. A record that is refused is
//            counted by level and cause, and told in the log where it is missing. A formatter that
//            throws yields a record that says what was thrown.
// Cost:      no allocation, no lock, no system call for messages up to 1,000 bytes; waits only
//            under Overflow::block and shed with a full queue. The first call of a thread makes
//            its queue (under 200 us). A disabled level costs one relaxed load.
// Tested by: LoggerTest, DeferredTest, MacroTest
class Logger {
 public:
  // A logger that takes nothing, for members that are set later.
  Logger() noexcept;
  explicit Logger(LoggerState& state) noexcept : state_(&state) {}

  template <class... Args>
  void trace(FormatString<Args...> format, Args&&... args) const noexcept {
    log(Level::trace, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void debug(FormatString<Args...> format, Args&&... args) const noexcept {
    log(Level::debug, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void info(FormatString<Args...> format, Args&&... args) const noexcept {
    log(Level::info, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void warn(FormatString<Args...> format, Args&&... args) const noexcept {
    log(Level::warn, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void error(FormatString<Args...> format, Args&&... args) const noexcept {
    log(Level::error, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void critical(FormatString<Args...> format, Args&&... args) const noexcept {
    log(Level::critical, format, std::forward<Args>(args)...);
  }

  // The same with a level that is known at run time.
  template <class... Args>
  void log(Level level, FormatString<Args...> format, Args&&... args) const noexcept {
    if (!enabled(level)) {
      return;
    }
    if constexpr ((is_fast_argument<std::remove_cvref_t<Args>> && ...)) {
      if (format.plain) {
        lathe::log_plain<Passed<std::remove_cvref_t<Args>>...>(
            *state_, level, format.path, format.line, format.text, lathe::pass_argument(args)...);
        return;
      }
    }
    lathe::log_text(*state_, level, format.path, format.line, format.text,
                    fmt::make_format_args(args...));
  }

  // The same logger with the lowest latency: arguments that are safe to copy (numbers,
  // enumerations, pointers, durations, text of any kind, types that opt in with is_deferrable) are
  // copied as bytes, text included, and formatted on the backend thread. A call with any other
  // argument is formatted at once. There is no lifetime rule to remember.
  [[nodiscard]] DeferredLogger deferred() const noexcept;

  // Takes effect soon, on every thread and every copy. Level::off takes nothing.
  void set_level(Level level) const noexcept {
    state_->level.store(level, std::memory_order_relaxed);  // advisory, see LoggerState
  }
  [[nodiscard]] Level level() const noexcept {
    return state_->level.load(std::memory_order_relaxed);  // advisory
  }
  [[nodiscard]] bool enabled(Level level) const noexcept {
    // Level::off is no level of a record: it is above every one, so it needs a test of its own.
    return level >= state_->level.load(std::memory_order_relaxed) && level < Level::off;
  }

  [[nodiscard]] std::string_view name() const noexcept;

  // What the macros call.
  template <class Format, class... Args>
  [[gnu::always_inline]] inline void log_at(const Site& site, Level level, const Format& format,
                                            const Args&... args) const noexcept {
    constexpr FormatWay kWay = format_way<Format, Args...>();
    if constexpr (kWay == FormatWay::pieces) {
      lathe::log_pieces<Passed<Args>...>(*state_, level, site, lathe::pass_argument(args)...);
    } else if constexpr (kWay == FormatWay::fields) {
      lathe::log_fields<Passed<Args>...>(*state_, level, site, kFieldPlan<Format, Passed<Args>...>,
                                         lathe::pass_argument(args)...);
    } else {
      lathe::log_compiled(*state_, level, site, format, args...);
    }
  }

 private:
  LoggerState* state_;
};

// What Logger::deferred() returns: the same calls, deferred.
class DeferredLogger {
 public:
  explicit DeferredLogger(LoggerState& state) noexcept : state_(&state) {}

  template <class... Args>
  void trace(FormatString<Args...> format, Args&&... args) const noexcept {
    log(Level::trace, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void debug(FormatString<Args...> format, Args&&... args) const noexcept {
    log(Level::debug, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void info(FormatString<Args...> format, Args&&... args) const noexcept {
    log(Level::info, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void warn(FormatString<Args...> format, Args&&... args) const noexcept {
    log(Level::warn, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void error(FormatString<Args...> format, Args&&... args) const noexcept {
    log(Level::error, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void critical(FormatString<Args...> format, Args&&... args) const noexcept {
    log(Level::critical, format, std::forward<Args>(args)...);
  }
  template <class... Args>
  void log(Level level, FormatString<Args...> format, Args&&... args) const noexcept {
    if (!enabled(level)) {
      return;
    }
    if constexpr (can_defer<std::remove_cvref_t<Args>...>) {
      if (format.lasting) {
        lathe::log_lasting<Passed<std::remove_cvref_t<Args>>...>(
            *state_, level, format.path, format.line, format.text, lathe::pass_argument(args)...);
        return;
      }
    }
    lathe::log_text(*state_, level, format.path, format.line, format.text,
                    fmt::make_format_args(args...));
  }

  [[nodiscard]] bool enabled(Level level) const noexcept {
    return level >= state_->level.load(std::memory_order_relaxed) &&
           level < Level::off;  // advisory
  }

  // What the macros call.
  template <class Format, class... Args>
  [[gnu::always_inline]] inline void log_at(const Site& site, Level level, const Format& format,
                                            const Args&... args) const noexcept {
    if constexpr (can_defer<Args...>) {
      constexpr FormatWay kWay = format_way<Format, Args...>();
      if constexpr (kWay != FormatWay::pieces) {
        if (site.id.load(std::memory_order_acquire) == 0) [[unlikely]] {  // A:I
          lathe::register_site(site,
                               &decode_macro<kWay, Format, std::remove_cvref_t<Passed<Args>>...>);
        }
      }
      lathe::log_packed<Passed<Args>...>(*state_, level, site, lathe::pass_argument(args)...);
    } else {
      lathe::log_compiled(*state_, level, site, format, args...);
    }
  }

 private:
  LoggerState* state_;
};

inline DeferredLogger Logger::deferred() const noexcept { return DeferredLogger(*state_); }

// Records of this process that were refused because their backend was gone or, in a forked child,
// is the parent's.
[[nodiscard]] std::uint64_t refused_records() noexcept;

// How the last log call of this thread ended that had to wait (SyncOptions::wait_level): nothing if
// its record is on the device. Else the first error of a sink's write or sync (the record may be
// on the device all the same); std::errc::no_buffer_space if the record was refused,
// operation_canceled if the backend ended first, resource_deadlock_would_occur on a thread that
// does a backend's work (a sink, a hook), which never waits.
[[nodiscard]] std::error_code last_wait_error() noexcept;

}  // namespace lathe

#pragma GCC visibility pop
