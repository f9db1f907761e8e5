// SPDX-License-Identifier: MIT

#include "tools/prune_verb.hpp"

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include <lathe/prune.hpp>
#include <lathe/units.hpp>

#include "tools/backup_arguments.hpp"
#include "tools/option_names.hpp"

namespace lathe::tools {
namespace {

constexpr const char* kPruneFooter = R"(
Deletes the backups of PATH that the limits do not keep, the oldest first; limits
combine, and at least one is needed. Prints a line for each, 'NAME BYTES LIMIT',
and their sum. Never deletes PATH itself, a name that --name and --local cannot
have made, or a file that a process has open. Safe while PATH is being written.

Exit status: 0 when all of them are deleted; 1 when the directory cannot be read
or a file cannot be deleted; 2 when an option is wrong.)";

struct PruneTexts {
  std::string path;
  BackupTexts backups;
  bool dry_run = false;
};

bool has_limit(const RetentionOptions& retention) {
  return retention.count_max != 0 || retention.size_bytes_max != 0 ||
         retention.age_max.count() != 0 || retention.free_bytes_min != 0;
}

// Returns the exit status.
int tell(const PruneReport& report, bool dry_run) {
  std::uint64_t bytes = 0;
  std::string text;
  for (const PruneReport::Entry& entry : report.entries) {
    const std::string_view option = option_of_field("retention." + entry.reason);
    text += fmt::format("{} {} {}\n", entry.name, entry.size_bytes,
                        option.empty() ? std::string_view(entry.reason) : option);
    bytes += entry.size_bytes;
  }
  text += fmt::format("{} {}, {} bytes; {} kept\n", report.entries.size(),
                      dry_run ? "would be deleted" : "deleted", bytes, report.backups_kept);
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    throw std::system_error(errno, std::generic_category(), "standard output");
  }
  for (const std::string& error : report.errors) {
    std::fprintf(stderr, "lathe prune: %s\n", error.c_str());
  }
  return report.errors.empty() ? 0 : 1;
}

int run_prune(const PruneTexts& texts) {
  const RetentionOptions retention = retention_options(texts.backups);
  if (!has_limit(retention)) {
    throw OptionError("limits", "none is given; use --keep, --total, --max-age or --min-free");
  }
  const NamingOptions naming = naming_options(texts.backups);
  return tell(prune_backups(texts.path, retention, naming, texts.dry_run), texts.dry_run);
}

}  // namespace

Verb add_prune_verb(CLI::App& app) {
  CLI::App* const prune = app.add_subcommand("prune", "Delete old backups of a log");
  const auto texts = std::make_shared<PruneTexts>();
  prune->add_option("PATH", texts->path, "The active file; it need not exist")
      ->type_name("")
      ->required();
  prune->add_flag("--dry-run", texts->dry_run, "Delete nothing; print what would go, and why");
  add_backup_options(*prune, texts->backups);
  prune->footer(kPruneFooter);
  return {prune, [texts] { return run_prune(*texts); }};
}

}  // namespace lathe::tools
