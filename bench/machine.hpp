// SPDX-License-Identifier: MIT
//
// What a number means nothing without.

#pragma once

namespace lathe::bench {

// Prints CPU, cores, compiler, build type, libraries and date; warns if this is no release build.
void print_machine();

}  // namespace lathe::bench
