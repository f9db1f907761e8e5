// SPDX-License-Identifier: MIT

#include "sink/log_place.hpp"
#include "sink/upkeep.hpp"

namespace lathe {

bool has_limit_by_time(const UpkeepPlan& plan) noexcept {
  return plan.retention.age_max.count() > 0 || plan.retention.free_bytes_min > 0;
}

std::shared_ptr<const UpkeepPlan> make_upkeep_plan(const RotatingFileOptions& options,
                                                   const std::shared_ptr<const LogPlace>& place,
                                                   const Clock& clock) {
  const RetentionOptions& retention = options.retention;
  const bool has_limit = retention.count_max > 0 || retention.size_bytes_max > 0 ||
                         retention.age_max.count() > 0 || retention.free_bytes_min > 0;
  const bool has_names_to_change =
      place->backups().is_indexed() || !options.naming.latest_link.empty();
  if (!has_limit && !has_names_to_change && options.compression == Compression::none) {
    return nullptr;
  }
  // These pointers share the place itself, not a part of it.
  return std::make_shared<const UpkeepPlan>(UpkeepPlan{
      .directory = std::shared_ptr<Directory>(place, &place->directory()),
      .backups = std::shared_ptr<const BackupNames>(place, &place->backups()),
      .lock_name = place->names().upkeep,
      .retention = retention,
      .compression = options.compression,
      .keep_plain = options.keep_plain,
      .latest_link = options.naming.latest_link,
      .permissions = options.file_mode,
      .is_shared = place->is_shared(),
      .clock = &clock,
  });
}

}  // namespace lathe
