// SPDX-License-Identifier: MIT
//
// A program of a user: logs to a file and reads it back.

#include <cstdio>
#include <fstream>
#include <string>

#include <lathe/global.hpp>
#include <lathe/lathe.hpp>

int main() {
  {
    lathe::Backend backend{
        lathe::rotating_file_sink({.path = "consumer.log", .pattern = "{level} {message}"})};
    const lathe::Logger log = backend.logger("consumer");
    log.info("x={}", 1);
    LATHE_WARN(log.deferred(), "y={:.1f}", 2.5);
  }
  std::ifstream file("consumer.log");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  std::fputs(text.c_str(), stdout);
  return text == "info x=1\nwarn y=2.5\n" ? 0 : 1;
}
