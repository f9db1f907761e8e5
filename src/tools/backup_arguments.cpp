// SPDX-License-Identifier: MIT

#include "tools/backup_arguments.hpp"

#include "tools/arguments.hpp"

namespace lathe::tools {
namespace {

// As by default, and with the offset from UTC: an hour of local time comes twice a year.
constexpr const char* kLocalName = "{name}.{time:%Y%m%d_%H%M%S%z}";

}  // namespace

void add_backup_options(CLI::App& command, BackupTexts& texts) {
  command.add_option("--keep", texts.keep, "Number of backups to keep, or 'all'")
      ->type_name("COUNT")
      ->capture_default_str();
  command.add_option("--total", texts.total, "Bytes of all backups together, at most")
      ->type_name("SIZE");
  command.add_option("--max-age", texts.max_age, "Delete backups older than this, such as 7d")
      ->type_name("DURATION");
  command.add_option("--min-free", texts.min_free, "Delete backups until the disk has this free")
      ->type_name("SIZE");
  command
      .add_option("--name", texts.name,
                  "Names of backups, such as '{stem}.{time:%Y%m%d_%H%M%S}{extension}'")
      ->type_name("PATTERN");
  command.add_flag("--local", texts.local, "Times in the local zone; names have its offset, too");
}

RetentionOptions retention_options(const BackupTexts& texts) {
  RetentionOptions retention;
  if (texts.keep != "all") {
    retention.count_max = parse_count("--keep", texts.keep);
  }
  if (texts.total) {
    retention.size_bytes_max = parse_size("--total", *texts.total);
  }
  if (texts.max_age) {
    retention.age_max = parse_duration("--max-age", *texts.max_age);
  }
  if (texts.min_free) {
    retention.free_bytes_min = parse_size("--min-free", *texts.min_free);
  }
  return retention;
}

NamingOptions naming_options(const BackupTexts& texts) {
  NamingOptions naming;
  naming.time_zone = zone_of(texts);
  if (texts.name) {
    naming.pattern = *texts.name;
  } else if (texts.local) {
    naming.pattern = kLocalName;
  }
  return naming;
}

TimeZone zone_of(const BackupTexts& texts) { return texts.local ? TimeZone::local : TimeZone::utc; }

}  // namespace lathe::tools
