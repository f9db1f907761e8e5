// SPDX-License-Identifier: MIT
//
// Records pushed by hand, with the stamp of the test's choice.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include <lathe/format.hpp>

#include "queue/producer.hpp"
#include "queue/site_registry.hpp"

namespace lathe {

inline std::size_t stride_of(std::size_t text_bytes) {
  return (sizeof(RecordHeader) + text_bytes + 7) & ~std::size_t{7};
}

// As submit() does it, but for the stamp.
inline void push_text(Producer& producer, std::uint64_t stamp, std::string_view text,
                      Level level = Level::info) {
  std::vector<std::byte> record(stride_of(text.size()));
  const RecordHeader header{
      .size_bytes = static_cast<std::uint32_t>(sizeof(RecordHeader) + text.size()),
      .site = SiteRegistry::kOwnSite,
      .stamp = stamp,
      .logger = 0,
      .level = level,
      .kind = RecordKind::text,
      .unused = 0};
  std::memcpy(record.data(), &header, sizeof(header));
  std::copy_n(reinterpret_cast<const std::byte*>(text.data()), text.size(),
              record.begin() + sizeof(header));
  producer.push(record.data(), record.size());
}

}  // namespace lathe
