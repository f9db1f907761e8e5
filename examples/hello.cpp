// SPDX-License-Identifier: MIT
//
// The shortest program: start once in main, log from anywhere.

#include <lathe/global.hpp>

int main() {
  // Makes logs/ if it is not there and continues an existing file. One background thread does all
  // the writing; at the end of the program it writes what is left and syncs.
  lathe::start({.path = "logs/app.log"});

  // A wrong format string or argument is an error of the compiler, not of the running program.
  lathe::info("hello, {}", "world");
  lathe::warn("{} of {} seats are taken", 97, 100);

  // Below the level of the logger (info): not written.
  lathe::debug("nobody sees this");

  // The macro does the same with a format string compiled ahead, and skips its arguments when the
  // level is off.
  LATHE_INFO(lathe::log(), "pi is about {:.2f}", 3.14159);
}
