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

#ifdef LATHE_BENCH_SPDLOG
#include <spdlog/version.h>
#endif

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

std::string libraries() {
  std::string text = fmt::format("fmt {}.{}", FMT_VERSION / 10'000, FMT_VERSION / 100 % 100);
#ifdef LATHE_BENCH_SPDLOG
  text += fmt::format(", spdlog {}.{}.{}", SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH);
#else
  text += ", no spdlog";
#endif
  return text;
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

void print_machine() {
  const std::time_t now = std::time(nullptr);
  fmt::print("{}, {} cores; {}, build type {}; {}; {:%Y-%m-%d}\n", cpu_model(),
             std::thread::hardware_concurrency(), compiler(), LATHE_BENCH_BUILD, libraries(),
             fmt::gmtime(now));
  const std::vector<unsigned>& cpus = bench_cpus();
  fmt::print("{}\n", cpus.empty() ? "Threads are not pinned."
                                  : fmt::format("Threads are pinned to CPUs {} (producer, I/O).",
                                                fmt::join(cpus, ", ")));
#if !defined(NDEBUG) || !defined(__OPTIMIZE__)
  fmt::print("WARNING: this is no release build; its numbers say nothing (--buildtype=release).\n");
#endif
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
