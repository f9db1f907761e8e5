// SPDX-License-Identifier: MIT
//
// The options about backups that several verbs have: which to keep, and how they are named.

#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include <lathe/file_options.hpp>

namespace lathe::tools {

// The texts of the options, as they were given.
struct BackupTexts {
  std::string keep = "all";  // what is set before add_backup_options() is the default
  std::optional<std::string> total = {};
  std::optional<std::string> max_age = {};
  std::optional<std::string> min_free = {};
  std::optional<std::string> name = {};
  bool local = false;
};

// Adds --keep, --total, --max-age, --min-free, --name and --local. `texts` must live as long as
// `command` does.
void add_backup_options(CLI::App& command, BackupTexts& texts);

// Throw ArgumentError.
[[nodiscard]] RetentionOptions retention_options(const BackupTexts& texts);
[[nodiscard]] NamingOptions naming_options(const BackupTexts& texts);

[[nodiscard]] TimeZone zone_of(const BackupTexts& texts);

}  // namespace lathe::tools
