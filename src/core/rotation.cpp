// SPDX-License-Identifier: MIT
//
// When to start a new file.

#include "core/rotation.hpp"

namespace lathe {

bool should_rotate(const RotationOptions& options, const ActiveFile& file,
                   std::uint64_t incoming_bytes) noexcept {
  if (options.size_bytes_max == 0 || file.size_bytes == 0) return false;
  // No sum of the two sizes, since it could overflow.
  return file.size_bytes > options.size_bytes_max ||
         incoming_bytes > options.size_bytes_max - file.size_bytes;
}

}  // namespace lathe
