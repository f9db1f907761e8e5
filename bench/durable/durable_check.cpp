// SPDX-License-Identifier: MIT
//
// Reads back what was said to be on the device: a run whose output is wrong has no time.

#include <fmt/format.h>

#include <cstdlib>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "contenders.hpp"
#include "line_reader.hpp"

namespace lathe::bench {

std::string durable_message(unsigned thread, std::uint64_t number) {
  return fmt::format("order accepted and booked; thread: {} number: {}", thread, number);
}

std::uint64_t check_durable_file(const std::string& path, unsigned threads, std::uint64_t records) {
  LineReader reader(path);
  std::vector<std::uint64_t> next(threads, 0);
  for (std::string_view line; reader.next(line);) {
    const std::string_view key = "thread: ";
    const std::size_t at = line.find(key);
    const std::size_t thread = at == std::string_view::npos
                                   ? threads
                                   : std::strtoul(line.data() + at + key.size(), nullptr, 10);
    if (thread >= threads ||
        !line.ends_with(durable_message(static_cast<unsigned>(thread), next[thread]++))) {
      throw std::runtime_error(fmt::format("line {} is '{}'", reader.lines(), line));
    }
  }
  if (reader.lines() != records) {
    throw std::runtime_error(fmt::format("{} lines instead of {}", reader.lines(), records));
  }
  for (const std::uint64_t each : next) {
    if (each != records / threads) {
      throw std::runtime_error(
          fmt::format("{} records of a thread instead of {}", each, records / threads));
    }
  }
  return reader.bytes();
}

}  // namespace lathe::bench
