// SPDX-License-Identifier: MIT
//
// One way of a log call, as often as asked for, and nothing after it: for a tool that counts
// instructions within make_calls() (instructions_test.py). Nothing is drained before its end, so
// the calls must fit into half a queue. Prints what the calls' stamps are read from, "counter" or
// "clock", if any call was made.
//
//   call_paths PATH CALLS [no-spool]

#include <lathe/lathe.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "null_sink.hpp"

namespace lathe::bench {

// Not in a nameless namespace, so that its name says it alone, and not its lambdas, too.
void make_calls(const Logger& log, std::string_view path, int calls);

[[gnu::noinline]] void make_calls(const Logger& log, std::string_view path, int calls) {
  const std::string text(40, 'x');
  const auto repeat = [&](const auto& call) {
    for (int i = 0; i < calls; ++i) call(i, static_cast<double>(i) / 4);
  };
  const std::map<std::string_view, std::function<void()>> paths = {
      {"nothing", [&] { repeat([](int i, double) {
                          asm volatile("" : : "r"(i));
                        }); }},
      {"clock read",
       [&] {
         repeat([](int, double) {
           const auto now = std::chrono::steady_clock::now();
           asm volatile("" : : "r"(&now));
         });
       }},
      {"level off", [&] { repeat([&](int i, double v) { LATHE_DEBUG(log, "{} {}", i, v); }); }},
      {"deferred",
       [&] {
         repeat([&](int i, double v) {
           LATHE_INFO(log.deferred(), "Iteration: {} int: {} double: {}", i, i * 2, v);
         });
       }},
      {"deferred text",
       [&] { repeat([&](int, double) { LATHE_INFO(log.deferred(), "{}", text); }); }},
      {"formatted",
       [&] {
         repeat([&](int i, double v) {
           LATHE_INFO(log, "Iteration: {} int: {} double: {}", i, i * 2, v);
         });
       }},
      {"formatted text", [&] { repeat([&](int, double) { LATHE_INFO(log, "{}", text); }); }},
      {"function",
       [&] {
         repeat(
             [&](int i, double v) { log.info("Iteration: {} int: {} double: {}", i, i * 2, v); });
       }},
      {"with a width", [&] { repeat([&](int i, double) { LATHE_INFO(log, "{:>8}", i); }); }},
  };
  paths.at(path)();
}

static void tell_stamps() {
  for (const QueueSlot& slot : queue_slots) {
    if (slot.front != nullptr) std::puts(slot.front->stamp_is_counter ? "counter" : "clock");
  }
}

}  // namespace lathe::bench

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  lathe::BackendOptions options;
  options.thread = lathe::BackendThread::manual;
  options.crash_safe = argc == 3;
  lathe::Backend backend(options, std::make_unique<lathe::bench::NullSink>());
  lathe::bench::make_calls(backend.logger("bench"), argv[1], std::atoi(argv[2]));
  lathe::bench::tell_stamps();
  while (backend.step()) {
  }
  return 0;
}
