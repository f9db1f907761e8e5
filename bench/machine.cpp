// SPDX-License-Identifier: MIT

#include "machine.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

#include "ticks.hpp"

namespace lathe::bench {
namespace {

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) {
      return line.substr(line.find(':') + 2);
    }
  }
  return "unknown CPU";
}

std::string compiler() {
#ifdef __clang__
  return fmt::format("clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#else
  return fmt::format("g++ {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
}

std::vector<unsigned> parse_cpus(std::string_view text) {
  std::vector<unsigned> cpus;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    unsigned cpu = 0;
    const auto [next, error] = std::from_chars(at, end, cpu);
    if (error != std::errc{}) {
      fmt::print(stderr, "LATHE_BENCH_CPUS: '{}' is not a list of CPUs such as 0,1\n", text);
      std::exit(2);
    }
    cpus.push_back(cpu);
    at = next == end ? end : next + 1;
  }
  return cpus;
}

void pin_to(std::size_t index) {
  const std::vector<unsigned>& cpus = bench_cpus();
  if (index >= cpus.size()) {
    return;
  }
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpus[index], &set);
  if (::sched_setaffinity(0, sizeof(set), &set) != 0) {
    fmt::print(stderr, "LATHE_BENCH_CPUS: CPU {} cannot be used\n", cpus[index]);
    std::exit(2);
  }
}

}  // namespace

std::string machine_text() {
  const std::time_t now = std::time(nullptr);
  const std::vector<unsigned>& cpus = bench_cpus();
  std::string text = fmt::format(
      "{}, {} cores; {}, build type {}; {}; {:%Y-%m-%d}\n{}\n", cpu_model(),
      std::thread::hardware_concurrency(), compiler(), LATHE_BENCH_BUILD, LATHE_BENCH_LIBRARIES,
      fmt::gmtime(now),
      cpus.empty()
          ? "Threads are not pinned."
          : fmt::format("Threads are pinned to CPUs {} (producer, I/O).", fmt::join(cpus, ", ")));
#if !defined(NDEBUG) || !defined(__OPTIMIZE__)
  text += "WARNING: this is no release build; its numbers say nothing (--buildtype=release).\n";
#endif
  return text;
}

double measure_tick_ns() {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  const std::uint64_t first = ticks();
  while (Clock::now() - start < std::chrono::milliseconds(50)) {
  }
  const std::chrono::duration<double, std::nano> elapsed = Clock::now() - start;
  return elapsed.count() / static_cast<double>(ticks() - first);
}

const std::vector<unsigned>& bench_cpus() {
  static const std::vector<unsigned> cpus = [] {
    const char* const text = std::getenv("LATHE_BENCH_CPUS");
    return parse_cpus(text == nullptr ? "" : text);
  }();
  return cpus;
}

void pin_producer() { pin_to(0); }
void pin_backend() { pin_to(1); }

}  // namespace lathe::bench
