// SPDX-License-Identifier: MIT
//
// Everything into a file, and what a person should see on the terminal (in colour, unless
// NO_COLOR is set or standard error is no terminal).

#include <lathe/lathe.hpp>

int main() {
  lathe::Backend backend{lathe::BackendOptions{.level = lathe::Level::trace},
                         lathe::sinks(lathe::rotating_file_sink({.path = "logs/app.log"}),
                                      lathe::console_sink({
                                          .level_min = lathe::Level::warn,
                                          .pattern = "{level:>8} {logger}: {message}",
                                      }))};

  const lathe::Logger net = backend.logger("net");
  net.trace("socket {} opened", 7);
  net.info("listening on {}:{}", "localhost", 8080);
  net.warn("slow client: {} ms", 412);

  // One record stays one line: control characters are escaped, UTF-8 is left alone.
  net.error("request said \"{}\"", "caf\xc3\xa9\n\x1b[31mforged line");

  // Each logger has its own level; copies of it share it.
  const lathe::Logger noisy = backend.logger("noisy");
  noisy.set_level(lathe::Level::error);
  noisy.warn("nobody sees this");
  noisy.critical("on fire");
}
