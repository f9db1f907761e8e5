// SPDX-License-Identifier: MIT
//
// Reading a record where it lies in a queue. By memcpy, which compiles to plain loads: the queue
// holds bytes, not objects.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <lathe/format.hpp>

namespace lathe {

[[nodiscard]] inline RecordHeader header_at(const std::byte* at) noexcept {
  RecordHeader header;
  std::memcpy(&header, at, sizeof(header));
  return header;
}

[[nodiscard]] inline std::uint64_t stamp_at(const std::byte* at) noexcept {
  std::uint64_t stamp;
  std::memcpy(&stamp, at + offsetof(RecordHeader, stamp), sizeof(stamp));
  return stamp;
}

// Bytes from this record to the next.
[[nodiscard]] inline std::size_t stride(const RecordHeader& header) noexcept {
  return (header.size_bytes + std::size_t{7}) & ~std::size_t{7};
}

}  // namespace lathe
