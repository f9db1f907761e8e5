// SPDX-License-Identifier: MIT
//
// Logs from several threads until it is killed, and counts, in a file that is mapped, the calls
// that have returned: what kill_test.py compares the log with.
//
// usage: kill_writer LOG COUNTERS SPOOL_DIRECTORY ROUND THREADS RECORDS SIZE FORM
// FORM: formatted, deferred, or mixed (with large messages). RECORDS of each thread; 0: for ever.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <lathe/lathe.hpp>

namespace {

// A record says round, thread and number, and ends with a word that shows whether it is whole.
void log_one(const lathe::Logger& log, const std::string& form, int round, int thread,
             std::uint64_t number) {
  if (form == "deferred") {
    LATHE_INFO(log.deferred(), "r={} t={} n={} whole", round, thread, number);
  } else if (form == "mixed" && number % 50 == 7) {
    // Larger than half a queue of 4 KiB: not in the queue itself.
    LATHE_INFO(log, "r={} t={} n={} {} whole", round, thread, number, std::string(3000, 'x'));
  } else if (form == "mixed" && number % 3 == 0) {
    log.deferred().info("r={} t={} n={} {} whole", round, thread, number, "text");
  } else {
    LATHE_INFO(log, "r={} t={} n={} whole", round, thread, number);
  }
}

std::atomic<std::uint64_t>* map_counters(const char* path, std::size_t count) {
  const int file = ::open(path, O_RDWR | O_CLOEXEC);
  if (file < 0) std::abort();
  void* memory = ::mmap(nullptr, count * sizeof(std::atomic<std::uint64_t>), PROT_READ | PROT_WRITE,
                        MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) std::abort();
  return static_cast<std::atomic<std::uint64_t>*>(memory);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 9) return 2;
  const int round = std::atoi(argv[4]);
  const int threads = std::atoi(argv[5]);
  const std::uint64_t records = std::strtoull(argv[6], nullptr, 10);
  const std::uint64_t size = std::strtoull(argv[7], nullptr, 10);
  const std::string form = argv[8];
  auto* counters = map_counters(argv[2], static_cast<std::size_t>(threads) + 1);

  lathe::BackendOptions options{.queue_bytes = form == "mixed" ? 4 * lathe::KiB : 64 * lathe::KiB,
                                .spool_directory = argv[3]};
  lathe::Backend backend(options, lathe::rotating_file_sink({.path = argv[1],
                                                             .rotation = {.size_bytes_max = size},
                                                             .retention = {.count_max = 0},
                                                             .pattern = "{message}"}));
  if (!backend.stats().crash_safe) {
    std::fprintf(stderr, "not crash-safe\n");
    return 3;
  }
  const lathe::Logger log = backend.logger("app");
  std::vector<std::thread> crew;
  for (int thread = 0; thread < threads; ++thread) {
    crew.emplace_back([&, thread] {
      for (std::uint64_t number = 0; records == 0 || number < records; ++number) {
        log_one(log, form, round, thread, number);
        counters[thread].store(number + 1, std::memory_order_relaxed);  // the call has returned
      }
    });
  }
  for (std::thread& each : crew) each.join();
  return 0;
}
