// SPDX-License-Identifier: MIT
//
// Naming code in a way that another process with the same program understands.

#pragma once

#include <array>
#include <cstdint>

namespace lathe {

// The build id of an object file (the linker's note), cut or filled with zeros; all zeros if it has
// none.
using BuildId = std::array<std::uint8_t, 20>;

struct CodePlace {
  std::uint64_t offset = 0;  // from where the object file begins in memory; 0: not found
  BuildId build_id = {};
};

// Where an address belongs. Threads: thread-safe. Tested by: BuildIdTest
[[nodiscard]] CodePlace find_code(const void* address) noexcept;

// The address of that place in this process; null if no object file with that build id is loaded,
// or it has no code there.
[[nodiscard]] const void* locate_code(const CodePlace& place) noexcept;

}  // namespace lathe
