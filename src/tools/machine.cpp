// SPDX-License-Identifier: MIT

#include "tools/machine.hpp"

#include <sys/utsname.h>

#include <ctime>
#include <fstream>
#include <string>
#include <thread>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace lathe::tools {
namespace {

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) {
      return line.substr(colon + 2);
    }
  }
  return "unknown CPU";
}

}  // namespace

Machine describe_machine(const TickClock& clock) {
  Machine machine;
  machine.version = LATHE_VERSION;
  machine.cpu = cpu_model();
  machine.cpu_count = std::thread::hardware_concurrency();
  utsname system{};
  if (::uname(&system) == 0) {
    machine.kernel = fmt::format("{} {} {}", system.sysname, system.release, system.machine);
  }
  machine.compiler = LATHE_COMPILER;
  machine.date = fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(std::time(nullptr)));
  machine.clock = clock.name();
  machine.ns_per_tick = clock.ns_per_tick();
  machine.is_optimized = LATHE_OPTIMIZED != 0;
  return machine;
}

}  // namespace lathe::tools
