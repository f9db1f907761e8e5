// SPDX-License-Identifier: MIT
//
// Runs rounds of contenders, in turn, and prints what came out.

#pragma once

#include "contender.hpp"

namespace lathe::bench {

void print_latency_table(const RunOptions& options, unsigned rounds);
void print_throughput_table(const RunOptions& options, unsigned rounds);
void print_first_call(const RunOptions& options);
void print_idle(const RunOptions& options);
void print_memory(const RunOptions& options);
void print_rotation(const RunOptions& options);

}  // namespace lathe::bench
