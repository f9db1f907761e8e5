// SPDX-License-Identifier: MIT
//
// Everything that applications use. (The program-wide backend is in global.hpp.)

#pragma once

#include <lathe/backend.hpp>        // IWYU pragma: export
#include <lathe/crash_handler.hpp>  // IWYU pragma: export
#include <lathe/histogram.hpp>      // IWYU pragma: export
#include <lathe/level.hpp>          // IWYU pragma: export
#include <lathe/logger.hpp>         // IWYU pragma: export
#include <lathe/macros.hpp>         // IWYU pragma: export
#include <lathe/options.hpp>        // IWYU pragma: export
#include <lathe/prune.hpp>          // IWYU pragma: export
#include <lathe/record.hpp>         // IWYU pragma: export
#include <lathe/recover.hpp>        // IWYU pragma: export
#include <lathe/sink.hpp>           // IWYU pragma: export
#include <lathe/sinks.hpp>          // IWYU pragma: export
#include <lathe/stats.hpp>          // IWYU pragma: export
