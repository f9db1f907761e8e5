// SPDX-License-Identifier: MIT
//
// What durable_bench measures: records that are on the device, and what crash safety costs.

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "contender.hpp"

namespace lathe::bench {

inline constexpr unsigned kDurableThreads = 16;

[[nodiscard]] std::span<const Contender> durable_contenders();
[[nodiscard]] std::span<const Contender> crash_safe_contenders();

// What every durable record says at the end of its line.
[[nodiscard]] std::string durable_message(unsigned thread, std::uint64_t number);

// Bytes of the file; throws std::runtime_error unless it has `records` lines, those of each thread
// complete and in order.
[[nodiscard]] std::uint64_t check_durable_file(const std::string& path, unsigned threads,
                                               std::uint64_t records);

}  // namespace lathe::bench
