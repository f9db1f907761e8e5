// SPDX-License-Identifier: MIT

#include "tools/recover_verb.hpp"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include <lathe/recover.hpp>

namespace lathe::tools {
namespace {

constexpr const char* kRecoverFooter = R"(
Writes what programs that were killed had logged and not yet written, each record
once, to the files they were for; then removes their spools. A program's next
start does the same for its own files, so this is for those that do not come
back. Records whose formatting was deferred need the program itself. Leaves alone
the spools of programs that run, and those of other users. Files are not rotated.

Exit status: 0 when nothing is left; 1 when something could not be written, and
stays where it is; 2 when an option is wrong.)";

// Returns the exit status.
int run_recover(const std::string& directory) {
  const RecoverReport report = recover_spools(directory);
  const std::string text =
      fmt::format("{} records of {} files written; {} spools left\n", report.records_written,
                  report.files_written, report.spools_kept);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    throw std::system_error(errno, std::generic_category(), "standard output");
  }
  for (const std::string& error : report.errors) {
    std::fprintf(stderr, "lathe recover: %s\n", error.c_str());
  }
  return report.errors.empty() && report.spools_kept == 0 ? 0 : 1;
}

}  // namespace

Verb add_recover_verb(CLI::App& app) {
  CLI::App* const recover =
      app.add_subcommand("recover", "Write what programs that were killed have left");
  const auto directory = std::make_shared<std::string>("/dev/shm");
  recover->add_option("DIR", *directory, "Where the spools are")
      ->type_name("")
      ->capture_default_str();
  recover->footer(kRecoverFooter);
  return {recover, [directory] { return run_recover(*directory); }};
}

}  // namespace lathe::tools
