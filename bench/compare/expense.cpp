// SPDX-License-Identifier: MIT

#include "compare/expense.hpp"

#include <sys/resource.h>
#include <sys/time.h>

#include <cerrno>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>

namespace lathe::compare {
namespace {

std::chrono::nanoseconds wall_now() { return std::chrono::steady_clock::now().time_since_epoch(); }

std::chrono::nanoseconds cpu_now() {
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) != 0) {
    throw std::system_error(errno, std::generic_category(), "getrusage");
  }
  return std::chrono::seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         std::chrono::microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

}  // namespace

// The CPU time is read outside of the wall-clock time, since it is a system call.
void Stopwatch::start() {
  cpu_ -= cpu_now();
  wall_ -= wall_now();
}

void Stopwatch::stop() {
  wall_ += wall_now();
  cpu_ += cpu_now();
}

double Stopwatch::seconds() const { return std::chrono::duration<double>(wall_).count(); }
double Stopwatch::cpu_seconds() const { return std::chrono::duration<double>(cpu_).count(); }

std::uint64_t peak_memory_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::uint64_t kib = 0;
    if (word == "VmHWM:" && status >> kib) {
      return kib * 1024;
    }
  }
  throw std::runtime_error("/proc/self/status: it has no VmHWM");
}

}  // namespace lathe::compare
