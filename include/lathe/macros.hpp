// SPDX-License-Identifier: MIT
//
// The seven log macros. A macro does what a function cannot: its format string is read at
// compile time, its arguments are not evaluated when the level is off, and it can be removed.
// Everything else that a macro does, a function of Logger does too.

#pragma once

#include <fmt/compile.h>

#include <lathe/logger.hpp>

// Calls of LATHE_TRACE to LATHE_CRITICAL below this level are removed at compile time; their
// arguments must still compile. The name of a level: -DLATHE_LEVEL_FLOOR=info.
#ifndef LATHE_LEVEL_FLOOR
#define LATHE_LEVEL_FLOOR trace
#endif

// LATHE_LOG(logger, level, format, ...): `logger` is a Logger or what its deferred() returns, and
// is evaluated once; `level` may be known at run time only; `format` is a string literal.
#define LATHE_LOG(logger, level, format, ...)                                                    \
  do {                                                                                           \
    const auto& lathe_logger = (logger);                                                         \
    const ::lathe::Level lathe_level = (level);                                                  \
    if (lathe_level >= ::lathe::Level::LATHE_LEVEL_FLOOR && lathe_logger.enabled(lathe_level)) { \
      static constinit const ::lathe::MacroSite<::lathe::text_of(format).size()> lathe_site{     \
          __FILE__, __LINE__, ::lathe::text_of(format)};                                         \
      lathe_logger.log_at(lathe_site, lathe_level,                                               \
                          FMT_COMPILE(format) __VA_OPT__(, ) __VA_ARGS__);                       \
    }                                                                                            \
  } while (false)

#define LATHE_TRACE(logger, ...)                                                \
  do {                                                                          \
    if constexpr (::lathe::Level::trace >= ::lathe::Level::LATHE_LEVEL_FLOOR) { \
      LATHE_LOG(logger, ::lathe::Level::trace, __VA_ARGS__);                    \
    }                                                                           \
  } while (false)

#define LATHE_DEBUG(logger, ...)                                                \
  do {                                                                          \
    if constexpr (::lathe::Level::debug >= ::lathe::Level::LATHE_LEVEL_FLOOR) { \
      LATHE_LOG(logger, ::lathe::Level::debug, __VA_ARGS__);                    \
    }                                                                           \
  } while (false)

#define LATHE_INFO(logger, ...)                                                \
  do {                                                                         \
    if constexpr (::lathe::Level::info >= ::lathe::Level::LATHE_LEVEL_FLOOR) { \
      LATHE_LOG(logger, ::lathe::Level::info, __VA_ARGS__);                    \
    }                                                                          \
  } while (false)

#define LATHE_WARN(logger, ...)                                                \
  do {                                                                         \
    if constexpr (::lathe::Level::warn >= ::lathe::Level::LATHE_LEVEL_FLOOR) { \
      LATHE_LOG(logger, ::lathe::Level::warn, __VA_ARGS__);                    \
    }                                                                          \
  } while (false)

#define LATHE_ERROR(logger, ...)                                                \
  do {                                                                          \
    if constexpr (::lathe::Level::error >= ::lathe::Level::LATHE_LEVEL_FLOOR) { \
      LATHE_LOG(logger, ::lathe::Level::error, __VA_ARGS__);                    \
    }                                                                           \
  } while (false)

#define LATHE_CRITICAL(logger, ...)                                                \
  do {                                                                             \
    if constexpr (::lathe::Level::critical >= ::lathe::Level::LATHE_LEVEL_FLOOR) { \
      LATHE_LOG(logger, ::lathe::Level::critical, __VA_ARGS__);                    \
    }                                                                              \
  } while (false)
