// SPDX-License-Identifier: MIT
//
// What a logger costs beside its log calls: a thread's first call, an idle backend, memory.

#include <fmt/format.h>
#include <lathe/lathe.hpp>

#include <barrier>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>

#include "contender.hpp"

namespace lathe::bench {
namespace {

constexpr int kFirstCallThreads = 200;
constexpr int kMemoryThreads = 32;

std::unique_ptr<Sink> file_in(const RunOptions& options) {
  return rotating_file_sink({.path = options.folder + "/lathe.log"});
}

// Microseconds of the first log call of 200 threads, one after another.
Report first_call(const RunOptions& options) {
  const double tick_us = measure_tick_ns() / 1000;
  Backend backend(file_in(options));
  const Logger log = backend.logger("bench");
  LATHE_INFO(log, "first call of thread {}", -1);  // the place in the source is known from here on
  std::vector<double> samples;
  for (int i = 0; i < kFirstCallThreads; ++i) {
    std::thread([&] {
      const std::uint64_t start = ticks();
      LATHE_INFO(log, "first call of thread {}", i);
      samples.push_back(static_cast<double>(ticks() - start) * tick_us);
    }).join();
  }
  return percentiles(std::move(samples));
}

double process_cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Percent of one core that this process uses while `wait` runs.
template <class Wait>
double busy_percent(const Wait& wait) {
  const auto start = std::chrono::steady_clock::now();
  const double before = process_cpu_seconds();
  wait();
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  return (process_cpu_seconds() - before) / elapsed.count() * 100;
}

// Percent of one core of an idle backend, after one record; and of a thread that does nothing but
// sleep as long as an idle backend does, because most of it is the kernel's.
Report idle(const RunOptions& options) {
  const std::chrono::duration<double> duration(options.idle_seconds);
  const double sleeper = busy_percent([&] {
    for (auto slept = duration.zero(); slept < duration; slept += BackendOptions{}.idle_max) {
      std::this_thread::sleep_for(BackendOptions{}.idle_max);
    }
  });
  Backend backend(file_in(options));
  backend.logger("bench").info("the only record");
  backend.sync();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // sleeps have reached idle_max
  const double idle = busy_percent([&] { std::this_thread::sleep_for(duration); });
  return {idle, sleeper};
}

// Not "Rss:", which counts a page twice that is mapped twice, as a queue's pages are.
double resident_kib() {
  std::ifstream rollup("/proc/self/smaps_rollup");
  for (std::string word; rollup >> word;) {
    double kib = 0;
    if (word == "Pss:" && rollup >> kib) {
      return kib;
    }
  }
  throw std::runtime_error("/proc/self/smaps_rollup has no Pss");
}

// KiB that a backend adds to a process, and KiB that each thread that logs adds to that. Threads
// exist before and after, so that only what logging adds is counted.
Report memory(const RunOptions& options) {
  std::barrier gate(kMemoryThreads + 1);
  const double without = resident_kib();
  Backend backend(file_in(options));
  const Logger log = backend.logger("bench");
  LATHE_INFO(log, "thread {}", -1);
  backend.flush();
  const double with_backend = resident_kib();
  std::vector<std::thread> threads;
  threads.reserve(kMemoryThreads);
  for (int i = 0; i < kMemoryThreads; ++i) {
    threads.emplace_back([&, i] {
      gate.arrive_and_wait();  // all threads exist
      gate.arrive_and_wait();  // that was measured
      LATHE_INFO(log, "thread {}", i);
      gate.arrive_and_wait();  // all have logged
      gate.arrive_and_wait();  // that was measured
    });
  }
  gate.arrive_and_wait();
  const double silent = resident_kib();
  gate.arrive_and_wait();
  gate.arrive_and_wait();
  backend.flush();
  const double logging = resident_kib();
  gate.arrive_and_wait();
  for (std::thread& thread : threads) {
    thread.join();
  }
  return {with_backend - without, (logging - silent) / kMemoryThreads};
}

constexpr Contender kContenders[] = {
    {"first_call", "first call of a thread", &first_call},
    {"idle", "idle backend", &idle},
    {"memory", "resident memory", &memory},
};

}  // namespace

std::span<const Contender> upkeep_contenders() { return kContenders; }

}  // namespace lathe::bench
