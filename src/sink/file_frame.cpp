// SPDX-License-Identifier: MIT

#include "sink/file_frame.hpp"

#include "sink/own_record.hpp"

namespace lathe {
namespace {

// What a header's fields can tell.
Record make_frame_record(std::int64_t wall_ns) { return make_own_record(wall_ns, Level::info, {}); }

std::optional<Pattern> make_pattern(const RotatingFileOptions& options, const char* field,
                                    const std::string& text, std::uint32_t process_id) {
  if (text.empty()) return std::nullopt;
  const std::string& line_end = options.line_end;
  return Pattern(text, {.field_name = field,
                        .time_zone = options.time_zone,
                        .escape = options.escape,
                        .line_end = line_end.empty() ? "\n" : line_end,
                        .process_id = process_id});
}

}  // namespace

FileFrame::FileFrame(const RotatingFileOptions& options, std::uint32_t process_id)
    : header_(make_pattern(options, "header", options.header, process_id)),
      footer_(make_pattern(options, "footer", options.footer, process_id)) {
  if (footer_) footer_bytes_max_ = footer_->bound(make_frame_record(0));
}

std::string FileFrame::render(std::optional<Pattern>& pattern, std::int64_t wall_ns) {
  if (!pattern) return {};
  const Record record = make_frame_record(wall_ns);
  std::string line(pattern->bound(record), '\0');
  const char* const end = pattern->render(record, line.data());
  line.resize(static_cast<std::size_t>(end - line.data()));
  return line;
}

}  // namespace lathe
