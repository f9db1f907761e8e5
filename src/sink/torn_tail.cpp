// SPDX-License-Identifier: MIT

#include "sink/torn_tail.hpp"

#include <algorithm>
#include <span>

namespace lathe {
namespace {

// The last `bytes` bytes of `source`, which has `size_bytes`.
std::error_code read_end(SourceFile& source, std::uint64_t size_bytes, std::string& out) {
  if (const std::error_code error = source.skip_to(size_bytes - out.size())) return error;
  std::size_t have = 0;
  while (have < out.size()) {
    const ReadResult result = source.read(std::span(out).subspan(have));
    if (result.error) return result.error;
    if (result.read_bytes == 0) return std::make_error_code(std::errc::io_error);  // it has shrunk
    have += result.read_bytes;
  }
  return {};
}

// What is missing behind `end` to make it end with `line_end`.
std::string_view rest_of(std::string_view line_end, std::string_view end) {
  for (std::size_t there = std::min(line_end.size(), end.size()); there > 0; --there) {
    if (end.ends_with(line_end.substr(0, there))) return line_end.substr(there);
  }
  return line_end;
}

}  // namespace

TornTail look_at_tail(const LogPlace& place, const LogFile& file, std::string_view line_end) {
  const std::string& name = place.names().active;
  const SourceResult opened = place.directory().open_source(name);
  if (opened.error) return {.failure = {opened.error, "read " + name}};
  const StatusResult found = opened.file->status();
  if (found.error) return {.failure = {found.error, "stat " + name}};
  if (!found.status.is_same_file(file.identity) || found.status.size_bytes == 0) return {};
  const std::uint64_t size_bytes = found.status.size_bytes;
  std::string end(std::min<std::uint64_t>(line_end.size(), size_bytes), '\0');
  if (const std::error_code error = read_end(*opened.file, size_bytes, end)) {
    return {.failure = {error, "read " + name}};
  }
  return {.missing = std::string(rest_of(line_end, end))};
}

}  // namespace lathe
