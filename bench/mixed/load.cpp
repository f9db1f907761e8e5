// SPDX-License-Identifier: MIT

#include "load.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <optional>
#include <random>
#include <string>
#include <system_error>
#include <utility>

#include "tools/latency_loop.hpp"
#include "tools/tick_clock.hpp"

namespace lathe::bench {
namespace {

using tools::Schedule;
using tools::TickClock;

// Before the clock: they make the thread's queue and bring code and memory into the caches.
constexpr std::uint64_t kWarmUpRequests = 50;
// A sleep ends this much before a request comes: above the kernel's timer slack and the time that a
// CPU takes to wake up.
constexpr std::chrono::microseconds kSleepMargin{200};
constexpr std::size_t kRequestsReserved = 1 << 20;
constexpr unsigned kSeed = 20261122;

double process_cpu_seconds() {
  timespec time{};
  if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) != 0) {
    throw std::system_error(errno, std::generic_category(), "clock_gettime");
  }
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

class Worker {
 public:
  Worker(const Handler& handler, RequestLog& log) : handler_(handler), log_(log) {
    hashes_.reserve(kRequestsReserved);
    while (count() < kWarmUpRequests) {
      handle_next();
    }
  }

  void handle_next() {
    const std::uint64_t number = count();
    const std::string text = head_text(number);
    const RequestHead head = parse_head(text).value();
    log_.received(number, head.path, head.user);
    log_.found(number, head.user, handler_.order_of(head.user));
    const std::uint64_t hash = handler_.hash(number, head);
    log_.answered(number, hash);
    hashes_.push_back(hash);
  }

  [[nodiscard]] std::uint64_t count() const { return hashes_.size(); }
  [[nodiscard]] std::vector<std::uint64_t> take_hashes() { return std::move(hashes_); }

 private:
  const Handler& handler_;
  RequestLog& log_;
  std::vector<std::uint64_t> hashes_;
};

std::uint64_t ticks_of(const TickClock& clock, double seconds) {
  return static_cast<std::uint64_t>(seconds * 1e9 / clock.ns_per_tick());
}

std::uint64_t ns_of(const TickClock& clock, std::uint64_t ticks) {
  return static_cast<std::uint64_t>(static_cast<double>(ticks) * clock.ns_per_tick());
}

void run_closed(const Load& load, const TickClock& clock, std::uint64_t start, Worker& worker,
                LoadResult& result) {
  const std::uint64_t end = start + ticks_of(clock, load.seconds);
  for (std::uint64_t begun = start; begun < end;) {
    worker.handle_next();
    const std::uint64_t done = clock.read();
    result.latency_ns.record(ns_of(clock, done - begun));
    begun = done;
  }
}

void run_open(const Load& load, const TickClock& clock, std::uint64_t start, Worker& worker,
              LoadResult& result) {
  const std::atomic<bool> stop{false};  // nobody asks
  const Schedule schedule{.sleep_to = static_cast<std::uint64_t>(clock.ticks_of(kSleepMargin))};
  std::mt19937_64 random(kSeed);
  std::exponential_distribution<double> gap_s(load.rate_per_s);
  const std::uint64_t cut_off = start + ticks_of(clock, 2 * load.seconds);
  for (double due_s = gap_s(random); due_s < load.seconds; due_s += gap_s(random)) {
    const std::uint64_t due = start + ticks_of(clock, due_s);
    if (clock.read() >= cut_off) {
      ++result.not_begun;
      result.latency_ns.record(ns_of(clock, cut_off - due));
      continue;
    }
    (void)tools::await(due, schedule, clock, stop);
    worker.handle_next();
    result.latency_ns.record(ns_of(clock, clock.read() - due));
  }
}

}  // namespace

LoadResult run_load(const Load& load, const Handler& handler, RequestLog& log) {
  const TickClock clock;
  LoadResult result;
  Worker worker(handler, log);
  const std::uint64_t before = worker.count();
  const double cpu_before = process_cpu_seconds();
  const std::uint64_t start = clock.read();
  if (load.rate_per_s > 0) {
    run_open(load, clock, start, worker, result);
  } else {
    run_closed(load, clock, start, worker, result);
  }
  log.finish();
  const std::uint64_t end = clock.read();
  const auto done = static_cast<double>(worker.count() - before);
  result.requests_per_s = done / (static_cast<double>(end - start) * clock.ns_per_tick() / 1e9);
  result.cpu_us = (process_cpu_seconds() - cpu_before) * 1e6 / done;
  result.hashes = worker.take_hashes();
  return result;
}

}  // namespace lathe::bench
