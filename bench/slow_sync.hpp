// SPDX-License-Identifier: MIT
//
// A slow disk, for all of this process: fdatasync(2) takes as long as told.

#pragma once

#include <chrono>

namespace lathe::bench {

// Every fdatasync from now on waits this long before it does its work. Zero (at first): none does.
void delay_syncs(std::chrono::nanoseconds delay);

}  // namespace lathe::bench
