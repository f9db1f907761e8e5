// SPDX-License-Identifier: MIT
//
// A file that rotates by size, keeps the three newest backups, and syncs twice a second.

#include <lathe/lathe.hpp>

#include <chrono>
#include <cstdio>

int main() {
  using namespace std::chrono_literals;

  lathe::Backend backend{lathe::rotating_file_sink({
      .path = "logs/app.log",
      .rotation = {.size_bytes_max = 16 * lathe::KiB},  // no file grows beyond this
      .retention = {.count_max = 3},                    // older backups are deleted
      .sync = {.interval = 500ms},                      // synced half a second after a write
      .pattern = "{time:%H:%M:%S.%6f} {level:<5} {message}",
  })};

  // A logger is a cheap value: copy it, keep it in your classes, pass it to threads.
  const lathe::Logger log = backend.logger("app");
  for (int request = 1; request <= 2000; ++request) {
    log.info("request {:4} took {:3} us", request, request % 500);
  }

  // Everything logged before this call is now in a file. (The destructor does the same, and syncs.)
  if (const std::error_code error = backend.flush()) {
    std::fprintf(stderr, "not written: %s\n", error.message().c_str());
    return 1;
  }
  std::printf("rotations: %d\n", static_cast<int>(backend.stats().rotations));
}
