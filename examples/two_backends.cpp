// SPDX-License-Identifier: MIT
//
// Two backends, two I/O threads: what one disk does never delays the other.

#include <lathe/lathe.hpp>

#include <cstdio>

int main() {
  // Every batch goes to the device at once, and a full queue makes the caller wait.
  lathe::Backend audit{
      lathe::BackendOptions{.overflow = lathe::Overflow::block, .thread_name = "audit-io"},
      lathe::sinks(lathe::rotating_file_sink({
          .path = "logs/audit.log",
          .sync = {.every_batch = true},
      }))};

  // Diagnostics may be shed under pressure: debug and info go first, and the log says how many.
  lathe::Backend diagnostics{
      lathe::BackendOptions{.overflow = lathe::Overflow::shed,
                            .thread_name = "diag-io",
                            .level = lathe::Level::debug},
      lathe::sinks(lathe::rotating_file_sink({.path = "logs/diagnostics.log"}))};

  const lathe::Logger payments = audit.logger("payments");
  const lathe::Logger cache = diagnostics.logger("cache");
  for (int order = 1; order <= 10; ++order) {
    cache.debug("looking up order {}", order);
    payments.info("order {} paid", order);
  }

  // After this, a power cut takes nothing of the audit log.
  if (const std::error_code error = audit.sync()) {
    std::fprintf(stderr, "not on the device: %s\n", error.message().c_str());
    return 1;
  }
}
