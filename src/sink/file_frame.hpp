// SPDX-License-Identifier: MIT
//
// FileFrame: the lines that a file starts and ends with.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <lathe/options.hpp>

#include "core/pattern.hpp"

namespace lathe {

// RotatingFileOptions::header and ::footer, ready to render.
//
// Threads:   thread-compatible
// Errors:    the constructor throws OptionError("header", ...) or ("footer", ...)
// Tested by: FileFrameTest
class FileFrame {
 public:
  FileFrame(const RotatingFileOptions& options, std::uint32_t process_id);

  [[nodiscard]] bool has_header() const noexcept { return header_.has_value(); }

  // Bytes that footer() has at most; 0 without one.
  [[nodiscard]] std::size_t footer_bytes_max() const noexcept { return footer_bytes_max_; }

  // The line with its end, as of `wall_ns`; empty if there is none.
  [[nodiscard]] std::string header(std::int64_t wall_ns) { return render(header_, wall_ns); }
  [[nodiscard]] std::string footer(std::int64_t wall_ns) { return render(footer_, wall_ns); }

 private:
  [[nodiscard]] static std::string render(std::optional<Pattern>& pattern, std::int64_t wall_ns);

  std::optional<Pattern> header_;
  std::optional<Pattern> footer_;
  std::size_t footer_bytes_max_ = 0;  // constant after construction
};

}  // namespace lathe
