// SPDX-License-Identifier: MIT
//
// main() of parts_bench. Pins this thread to the first CPU of LATHE_BENCH_CPUS, if that is set;
// backends are made later and inherit it unless they are told otherwise.

#include <benchmark/benchmark.h>
#include <sched.h>

#include <cstdlib>

int main(int argc, char** argv) {
  if (const char* const cpus = std::getenv("LATHE_BENCH_CPUS"); cpus != nullptr && *cpus != '\0') {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<unsigned>(std::strtoul(cpus, nullptr, 10)), &set);
    ::sched_setaffinity(0, sizeof(set), &set);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
    return 1;
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
