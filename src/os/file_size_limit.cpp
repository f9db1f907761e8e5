// SPDX-License-Identifier: MIT

#include "os/file_size_limit.hpp"

#include <sys/resource.h>

#include <algorithm>

namespace lathe {

std::uint64_t within_file_size_limit(std::uint64_t size_bytes_max) noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0) return size_bytes_max;  // for bad arguments only
  if (limit.rlim_cur == RLIM_INFINITY) return size_bytes_max;
  const std::uint64_t bytes = std::max<std::uint64_t>(limit.rlim_cur, 1);
  return size_bytes_max == 0 ? bytes : std::min(bytes, size_bytes_max);
}

}  // namespace lathe
