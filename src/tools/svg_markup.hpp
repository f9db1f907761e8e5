// SPDX-License-Identifier: MIT
//
// What charts are written with: elements of SVG, and text in them. Pure.

#pragma once

#include <string>
#include <string_view>

namespace lathe::tools {

// Text as it stands in HTML and XML.
[[nodiscard]] std::string markup_text(const std::string& text);

// The beginning of an <svg> element; "</svg>" ends it.
[[nodiscard]] std::string svg_head(const std::string& title, double width, double height);

// `style_name` is a class of the style sheet.
[[nodiscard]] std::string svg_line(std::string_view style_name, double x1, double y1, double x2,
                                   double y2);

// `anchor` is what lies at `x`: "start", "middle" or "end" of the text.
[[nodiscard]] std::string svg_text(std::string_view anchor, double x, double y,
                                   const std::string& text);

}  // namespace lathe::tools
