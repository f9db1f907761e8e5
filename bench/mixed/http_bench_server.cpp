// SPDX-License-Identifier: MIT
//
// http_bench_server: the request handler of mixed_bench behind a real socket. http_bench.py drives
// it.

#include <fmt/format.h>
#include <sys/signalfd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <system_error>

#include "command_line.hpp"
#include "contender.hpp"
#include "http_server.hpp"

namespace lathe::bench {
namespace {

constexpr const char* kFooter = R"(
Prints "listening on PORT" once it can be asked. SIGTERM or SIGINT end it: it
prints "answered N" when all that was logged is written.

Exit status: 0; 1 if something failed; 2 for a wrong option.)";

struct Command {
  std::uint16_t port = 0;
  std::string logger = "lathe";
  std::string path;
  unsigned work = 6;
};

// Blocked in all threads, so also in those of the loggers.
int blocked_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  if (const int error = ::pthread_sigmask(SIG_BLOCK, &signals, nullptr)) {
    throw std::system_error(error, std::generic_category(), "pthread_sigmask");
  }
  const int descriptor = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor < 0) {
    throw std::system_error(errno, std::generic_category(), "signalfd");
  }
  return descriptor;
}

void tell(const std::string& line) {
  if (std::fputs(line.c_str(), stdout) < 0 || std::fflush(stdout) != 0) {
    throw std::system_error(errno, std::generic_category(), "standard output");
  }
}

void run(const Command& command, const LogKind& kind) {
  const tools::Descriptor stop(blocked_signals());
  const Handler handler(command.work);
  std::uint64_t answered = 0;
  {
    const std::unique_ptr<RequestLog> log = kind.make(command.path);
    pin_producer();
    HttpServer server(command.port, stop.number(), handler, *log);
    tell(fmt::format("listening on {}\n", server.port()));
    answered = server.run();
    log->finish();
  }
  tell(fmt::format("answered {}\n", answered));
}

const LogKind& chosen_log(const std::vector<LogKind>& logs, const Command& command) {
  const LogKind* const kind = find_log(logs, command.logger);
  if (kind == nullptr) {
    throw CLI::ValidationError("--logger", fmt::format("there is no logger '{}'; there are {}",
                                                       command.logger, log_names()));
  }
  if (command.path.empty() && command.logger != kNoLog) {
    throw CLI::ValidationError("--log", "the path of the log is missing");
  }
  return *kind;
}

}  // namespace
}  // namespace lathe::bench

int main(int argc, char** argv) {
  using namespace lathe::bench;
  CLI::App app{"A request handler behind HTTP/1.1 on loopback", "http_bench_server"};
  Command command;
  bool lists_loggers = false;
  app.footer(kFooter);
  app.add_option("--port", command.port, "Port on 127.0.0.1; 0: one that is free")
      ->capture_default_str();
  app.add_option("--logger", command.logger, log_names())->capture_default_str();
  app.add_option("--log", command.path, "Path of the log, a new file; not needed with 'none'");
  app.add_option("--work", command.work, "Passes of the hash over 256 KiB in each request")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  app.add_flag("--list-loggers", lists_loggers, "Print the names of the loggers and exit");
  return run_command(app, argc, argv, [&] {
    const std::vector<LogKind> logs = all_logs();
    if (!lists_loggers) return run(command, chosen_log(logs, command));
    for (const LogKind& log : logs) tell(fmt::format("{}\n", log.name));
  });
}
