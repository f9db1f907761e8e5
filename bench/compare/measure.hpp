// SPDX-License-Identifier: MIT
//
// The loops that every logger is measured by.

#pragma once

#include <concepts>
#include <cstdint>
#include <utility>
#include <vector>

#include "compare/all_contenders.hpp"
#include "compare/expense.hpp"
#include "output_check.hpp"

namespace lathe::compare {

// A logger as these loops want it. Its constructor makes its threads, log() one record with the
// message "Iteration: {n} int: {2n} double: {n/2}"; finish() returns when all are with the kernel.
template <class T>
concept Peer = std::constructible_from<T, const RunOptions&> &&
    requires(T peer, const T& finished, std::uint64_t n) {
  peer.log(n);
  peer.finish();
  { finished.output() } -> std::same_as<bench::Output>;
};

inline constexpr std::uint64_t kWarmUpCalls = bench::kBatchCalls;

[[nodiscard]] inline Report throughput_report(const Stopwatch& stopwatch, std::uint64_t start_bytes,
                                              const bench::Output& output, std::uint64_t records) {
  const std::uint64_t peak_bytes = peak_memory_bytes();  // without that of the check
  const std::uint64_t file_bytes = bench::check_output(output, records);
  return {stopwatch.seconds(),
          stopwatch.cpu_seconds(),
          static_cast<double>(start_bytes),
          static_cast<double>(peak_bytes),
          static_cast<double>(file_bytes),
          static_cast<double>(records)};
}

// Threads are pinned where their maker is: a peer's own are on the CPU of the I/O thread.
template <Peer T>
[[gnu::noinline]] Report throughput_of(const RunOptions& options) {
  const std::uint64_t start_bytes = peak_memory_bytes();
  bench::pin_backend();
  T peer(options);
  bench::pin_producer();
  Stopwatch stopwatch;
  stopwatch.start();
  for (std::uint64_t n = 0; n < options.records; ++n) {
    peer.log(n);
  }
  peer.finish();
  stopwatch.stop();
  return throughput_report(stopwatch, start_bytes, peer.output(), options.records);
}

template <class T>
void warm_up(T& peer) {
  for (std::uint64_t n = 0; n < kWarmUpCalls; ++n) {
    peer.log(n);
  }
}

template <Peer T>
Report batches_of(const RunOptions& options) {
  bench::pin_backend();
  T peer(options);
  bench::pin_producer();
  warm_up(peer);
  std::vector<double> samples =
      bench::measure_batches(options, [&peer](std::uint64_t i, std::uint64_t j, double) {
        peer.log(kWarmUpCalls + i * bench::kBatchCalls + j);
      });
  peer.finish();
  bench::check_output(peer.output(), kWarmUpCalls + options.batches * bench::kBatchCalls);
  return bench::percentiles(std::move(samples), kCurvePercents);
}

// Calls one after another without a pause, as many as `options.records`, each timed alone; those
// that wait for room in a queue are among them.
template <class Call>
[[gnu::noinline]] std::vector<double> measure_calls(const RunOptions& options, const Call& call) {
  const double tick_ns = bench::measure_tick_ns();
  std::vector<double> samples(options.records);  // all of it is touched before the clock runs
  for (std::uint64_t n = 0; n < options.records; ++n) {
    const std::uint64_t start = bench::ticks();
    call(n);
    samples[n] = static_cast<double>(bench::ticks() - start) * tick_ns;
  }
  return samples;
}

template <Peer T>
Report calls_of(const RunOptions& options) {
  bench::pin_backend();
  T peer(options);
  bench::pin_producer();
  warm_up(peer);
  std::vector<double> samples =
      measure_calls(options, [&peer](std::uint64_t n) { peer.log(kWarmUpCalls + n); });
  peer.finish();
  bench::check_output(peer.output(), kWarmUpCalls + options.records);
  return bench::percentiles(std::move(samples), kCurvePercents);
}

template <Peer T>
constexpr Contender contender_of(const char* name, const char* title) {
  return {name, title, &throughput_of<T>, &batches_of<T>, &calls_of<T>};
}

}  // namespace lathe::compare
