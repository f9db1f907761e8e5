// SPDX-License-Identifier: MIT
//
// When to start a new file.

#include "core/rotation.hpp"

namespace lathe {

bool should_rotate(const RotationOptions& options, const ActiveFile& file,
                   std::uint64_t incoming_bytes) noexcept {
  if (options.size_bytes_max == 0 || !file.has_records()) return false;
  // No sums of sizes, since they could overflow.
  if (file.footer_bytes > options.size_bytes_max) return true;
  const std::uint64_t room_bytes = options.size_bytes_max - file.footer_bytes;
  return file.size_bytes > room_bytes || incoming_bytes > room_bytes - file.size_bytes;
}

}  // namespace lathe
