// SPDX-License-Identifier: MIT
//
// A rotation with everything the janitor does for it, driven by hand on one thread. What the I/O
// thread alone waits for is in Stats::rotation_ns, shown as a counter.

#include <benchmark/benchmark.h>
#include <lathe/lathe.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace lathe::bench {
namespace {

void measure(benchmark::State& state, const SyncOptions& sync) {
  std::string folder = std::filesystem::temp_directory_path() / "lathe-bench-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) {
    state.SkipWithError("no temporary directory");
    return;
  }
  {
    Backend backend(
        {.thread = BackendThread::manual},
        rotating_file_sink({.path = folder + "/app.log",
                            .retention = {.count_max = static_cast<std::uint64_t>(state.range(0))},
                            .sync = sync}));
    const Logger log = backend.logger("bench");
    for ([[maybe_unused]] auto _ : state) {
      LATHE_INFO(log, "one record a file");
      if (const std::error_code error = backend.rotate()) {
        state.SkipWithError(error.message().c_str());
        break;
      }
      while (backend.step()) {
      }
    }
    const Stats stats = backend.stats();
    state.counters["stall_us_p50"] = static_cast<double>(stats.rotation_ns.percentile(50)) / 1000;
    state.counters["stall_us_p99"] = static_cast<double>(stats.rotation_ns.percentile(99)) / 1000;
  }
  std::filesystem::remove_all(folder);
}

void RotateWithoutSync(benchmark::State& state) {
  measure(state,
          {.interval = std::chrono::nanoseconds(0), .level_min = Level::off, .on_rotate = false});
}
BENCHMARK(RotateWithoutSync)->ArgName("backups")->Arg(2)->Arg(100)->Unit(benchmark::kMicrosecond);

void RotateWithSync(benchmark::State& state) { measure(state, {}); }
BENCHMARK(RotateWithSync)->ArgName("backups")->Arg(2)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace lathe::bench
