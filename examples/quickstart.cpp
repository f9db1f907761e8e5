// SPDX-License-Identifier: MIT
//
// Four threads log two million records through a file that rotates at 16 MiB; then every record is
// looked for in the files. Usage: quickstart DIRECTORY (empty, or not there yet)

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <lathe/lathe.hpp>

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int kThreads = 4;
constexpr int kRecordsPerThread = 500'000;
constexpr int kPacedPerThread = 10'000;  // so many come in bursts of 20, the rest at full speed
constexpr int kSampleEvery = 16;         // one call in so many is timed
constexpr std::uint64_t kTotal = std::uint64_t{kThreads} * kRecordsPerThread;

// One phase of the run: records `begin` to `end` of each thread.
struct Phase {
  int begin, end;
  bool paced;
  lathe::Histogram call_ns = {}, clock_ns = {};  // log calls; the clock's own part of that
  std::chrono::duration<double> elapsed{};
};

std::uint64_t ns_since(Clock::time_point start) {
  return static_cast<std::uint64_t>((Clock::now() - start).count());
}

void log_records(const lathe::Logger& log, int thread, Phase& phase) {
  for (int n = phase.begin; n < phase.end; ++n) {
    if (phase.paced && n % 20 == 0) {
      std::this_thread::sleep_for(2ms);
    }
    const bool timed = n % kSampleEvery == 0;
    const Clock::time_point start = timed ? Clock::now() : Clock::time_point{};
    LATHE_INFO(log, "thread {} record {} load {:.3f}", thread, n, n / 7.0);
    if (timed) {
      phase.call_ns.record(ns_since(start));
      phase.clock_ns.record(ns_since(Clock::now()));
    }
  }
}

void show_progress(const lathe::Stats& stats, bool last) {
  static const bool terminal = ::isatty(STDOUT_FILENO) == 1;
  static std::uint64_t shown_percent = 0;
  const std::uint64_t percent = stats.records_written * 100 / kTotal;
  if (terminal || last || percent >= shown_percent + 20) {
    fmt::print("{}  {:3} %  {:7} records in {} files{}", terminal ? "\r" : "", percent,
               stats.records_written, stats.rotations + 1, terminal && !last ? "" : "\n");
    std::fflush(stdout);
    shown_percent = percent;
  }
}

// Runs one phase on kThreads threads, until everything is with the kernel.
void run_phase(lathe::Backend& backend, Phase& phase) {
  std::vector<Phase> parts(kThreads, phase);
  std::jthread progress([&](const std::stop_token& stop) {
    for (; !stop.stop_requested(); std::this_thread::sleep_for(50ms)) {
      show_progress(backend.stats(), false);
    }
  });
  const Clock::time_point start = Clock::now();
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&, thread, log = backend.logger("app")] {
        log_records(log, thread, parts[static_cast<std::size_t>(thread)]);
      });
    }
  }
  if (const std::error_code error = backend.flush()) {
    throw std::system_error(error, "flush");
  }
  phase.elapsed = Clock::now() - start;
  for (const Phase& part : parts) {
    phase.call_ns.merge(part.call_ns);
    phase.clock_ns.merge(part.clock_ns);
  }
}

// What is found in the files. Every count but `records` has to stay zero.
struct Findings {
  std::array<int, kThreads> next{};  // per thread: the record that has to come next
  std::uint64_t records = 0, missing = 0, repeated = 0, torn = 0;

  void take(const std::string& line) {
    unsigned thread = 0;
    int n = 0;
    const std::size_t at = line.find(" thread ");
    if (at == std::string::npos ||
        std::sscanf(line.c_str() + at, " thread %u record %d", &thread, &n) != 2 ||
        thread >= kThreads || !line.ends_with(fmt::format(" load {:.3f}", n / 7.0))) {
      ++torn;
      return;
    }
    int& expected = next[thread];
    ++records;
    repeated += n < expected ? 1U : 0U;
    missing += static_cast<std::uint64_t>(std::max(0, n - expected));
    expected = std::max(expected, n + 1);
  }
};

// Backups by time stamp and sequence, then the active file.
std::vector<std::filesystem::path> files_in_order(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    if (entry.path().filename().string().starts_with("app.log.")) {
      files.push_back(entry.path());
    }
  }
  const auto key = [](const std::filesystem::path& path) {
    const std::string name = path.filename().string();
    constexpr std::size_t kStampEnd = sizeof("app.log.20261122_135033") - 1;
    return std::tuple{name.substr(0, kStampEnd), name.size(), name};  // .9 before .10
  };
  std::ranges::sort(files, {}, key);
  files.push_back(directory / "app.log");
  return files;
}

Findings read_back(const std::filesystem::path& directory) {
  Findings findings;
  for (const auto& path : files_in_order(directory)) {
    fmt::print("  {:10} bytes  {}\n", std::filesystem::file_size(path), path.filename().c_str());
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
      findings.take(line);
      findings.torn += file.eof() ? 1U : 0U;  // the last line has no line end
    }
  }
  for (const int seen : findings.next) {
    findings.missing += static_cast<std::uint64_t>(kRecordsPerThread - seen);
  }
  return findings;
}

void show_latency(const char* name, const lathe::Histogram& histogram) {
  fmt::print("  {:<18}", name);
  for (const double percent : {50.0, 90.0, 99.0, 99.9, 100.0}) {
    fmt::print(" {:>10}", histogram.percentile(percent));
  }
  fmt::print("\n");
}

}  // namespace

int main(int count, char** arguments) try {
  const std::filesystem::path directory = count > 1 ? arguments[1] : "logs";
  Phase paced{.begin = 0, .end = kPacedPerThread, .paced = true};
  Phase full_speed{.begin = kPacedPerThread, .end = kRecordsPerThread, .paced = false};
  fmt::print("logging {} records from {} threads to {}\n", kTotal, kThreads, directory.c_str());
  {
    lathe::Backend backend{lathe::rotating_file_sink({
        .path = directory / "app.log",
        .rotation = {.size_bytes_max = 16 * lathe::MiB},
    })};
    run_phase(backend, paced);
    run_phase(backend, full_speed);
    show_progress(backend.stats(), true);
  }

  fmt::print("\nfiles, oldest first\n");
  const Findings found = read_back(directory);
  const bool good = found.records == kTotal && found.missing + found.repeated + found.torn == 0;

  fmt::print("\nlog call, ns              p50        p90        p99      p99.9        max\n");
  show_latency("in bursts of 20", paced.call_ns);
  show_latency("at full speed *", full_speed.call_ns);
  show_latency("the clock alone", full_speed.clock_ns);
  fmt::print("  (1 call in {}, the clock's own cost included; *: a full queue makes it wait)\n",
             kSampleEvery);
  fmt::print("\nat full speed: {:.2f} million records/s, until the last one was written\n",
             kThreads * (kRecordsPerThread - kPacedPerThread) / full_speed.elapsed.count() / 1e6);
  fmt::print("{} of {} records found in order; {} missing, {} repeated, {} torn: {}\n",
             found.records, kTotal, found.missing, found.repeated, found.torn,
             good ? "every record is there" : "FAILED");
  return good ? 0 : 1;
} catch (const std::exception& error) {
  fmt::print(stderr, "quickstart: {}\n", error.what());
  return 1;
}
