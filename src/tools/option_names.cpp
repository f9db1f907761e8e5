// SPDX-License-Identifier: MIT

#include "tools/option_names.hpp"

namespace lathe::tools {

std::string_view option_of_field(std::string_view field) noexcept {
  struct Name {
    std::string_view field;
    std::string_view option;
  };
  constexpr Name kNames[] = {{"path", "PATH"},
                             {"pattern", "--pattern"},
                             {"rotation.size_bytes_max", "--size"},
                             {"rotation.interval", "--every"},
                             {"rotation.daily_at", "--daily"},
                             {"rotation.weekly_at", "--weekly"},
                             {"naming.pattern", "--name"},
                             {"retention.count_max", "--keep"},
                             {"retention.size_bytes_max", "--total"},
                             {"retention.age_max", "--max-age"},
                             {"retention.free_bytes_min", "--min-free"},
                             {"keep_plain", "--keep-plain"},
                             {"sync.interval", "--sync"},
                             {"file_mode", "--mode"},
                             {"ownership", "--shared"}};
  for (const Name& name : kNames) {
    if (name.field == field) {
      return name.option;
    }
  }
  return {};
}

}  // namespace lathe::tools
