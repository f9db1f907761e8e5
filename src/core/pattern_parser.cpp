// SPDX-License-Identifier: MIT
//
// Reads the text of a layout: text, "{{", "}}", and "{name}" or "{name:spec}" with
// spec = [[fill] align] ['0'] [width] ['.' precision], or strftime's language for "time".

#include "core/pattern_parser.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include <lathe/options.hpp>

#include "core/escape.hpp"
#include "core/timestamp.hpp"

namespace lathe {
namespace {

struct NamedField {
  std::string_view name;
  FieldKind kind;
  bool is_number;
};

constexpr std::array<NamedField, 10> kFields = {{
    {"time", FieldKind::time, false},
    {"level", FieldKind::level, false},
    {"thread", FieldKind::thread, true},
    {"thread_name", FieldKind::thread_name, false},
    {"process", FieldKind::process, true},
    {"logger", FieldKind::logger, false},
    {"file", FieldKind::file, false},
    {"path", FieldKind::path, false},
    {"line", FieldKind::line, true},
    {"message", FieldKind::message, false},
}};

std::optional<Align> align_of(char c) noexcept {
  switch (c) {
    case '<':
      return Align::left;
    case '>':
      return Align::right;
    case '^':
      return Align::centre;
    default:
      return std::nullopt;
  }
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// For messages that people read: no line of theirs is broken by what they quote.
std::string quoted(std::string_view text) {
  std::string escaped(kEscapeFactor * text.size(), '\0');
  escaped.resize(static_cast<std::size_t>(copy_escaped(text, escaped.data()) - escaped.data()));
  return "'" + escaped + "'";
}

class PatternParser {
 public:
  PatternParser(std::string_view text, const std::string& option_name)
      : text_(text), option_name_(option_name) {}

  std::vector<PatternField> parse() {
    if (text_.empty()) fail(0, "it is empty");
    while (position_ < text_.size()) {
      const char c = text_[position_];
      const bool is_doubled = position_ + 1 < text_.size() && text_[position_ + 1] == c;
      if (c != '{' && c != '}') {
        add_text(c);
        ++position_;
      } else if (is_doubled) {
        add_text(c);
        position_ += 2;
      } else if (c == '}') {
        fail(position_, "'}' without '{'; write '}}' for a brace");
      } else {
        parse_field();
      }
    }
    return std::move(fields_);
  }

 private:
  [[noreturn]] void fail(std::size_t position, const std::string& reason) const {
    throw OptionError(option_name_, fmt::format("bad layout at position {}: {}", position, reason));
  }

  void add_text(char c) {
    if (fields_.empty() || fields_.back().kind != FieldKind::text) {
      fields_.emplace_back();
    }
    fields_.back().text += c;
  }

  // From '{' to behind '}'.
  void parse_field() {
    const std::size_t begin = position_ + 1;
    const std::size_t end = text_.find_first_of("{}", begin);
    if (end == std::string_view::npos || text_[end] == '{') {
      fail(position_, "'{' without '}'; write '{{' for a brace");
    }
    const std::string_view body = text_.substr(begin, end - begin);
    const std::size_t colon = body.find(':');
    const NamedField& named = find_field(body.substr(0, colon), begin);

    PatternField field;
    field.kind = named.kind;
    const bool has_spec = colon != std::string_view::npos;
    const std::string_view spec = has_spec ? body.substr(colon + 1) : std::string_view{};
    if (named.kind == FieldKind::time) {
      field.text = parse_time(spec, end - spec.size());
    } else {
      field.spec = parse_spec(spec, end - spec.size(), named.is_number);
    }
    fields_.push_back(std::move(field));
    position_ = end + 1;
  }

  const NamedField& find_field(std::string_view name, std::size_t position) const {
    for (const NamedField& field : kFields) {
      if (field.name == name) return field;
    }
    std::string known;
    for (const NamedField& field : kFields) known += fmt::format(" {}", field.name);
    fail(position, fmt::format("no field is named {}; there are{}", quoted(name), known));
  }

  std::string parse_time(std::string_view format, std::size_t position) const {
    if (format.empty()) return std::string(kTimestampFormatDefault);
    if (const auto error = check_timestamp_format(format)) {
      fail(position + error->position, error->reason);
    }
    return std::string(format);
  }

  FieldSpec parse_spec(std::string_view text, std::size_t position, bool is_number) const {
    FieldSpec spec;
    std::size_t i = parse_align(text, is_number, spec);
    const std::size_t width_position = position + i;
    if (const auto width = parse_number(text, i, position)) spec.width = *width;
    if (i < text.size() && text[i] == '.') {
      if (is_number) fail(position + i, "a number has no precision");
      ++i;
      const auto precision = parse_number(text, i, position);
      if (!precision) fail(position + i, "a precision needs digits");
      spec.precision = *precision;
    }
    if (i < text.size()) {
      fail(position + i,
           fmt::format("{} is no fill, alignment, width or precision", quoted(text.substr(i))));
    }
    // As in fmt: zeros in front of a number, unless an alignment says otherwise.
    const std::size_t width_at = width_position - position;
    if (width_at < text.size() && text[width_at] == '0') {
      if (!is_number || width_at > 0) fail(width_position, "a width cannot start with 0");
      spec.fill.assign(1, '0');
    }
    return spec;
  }

  // Returns how much of `text` was fill and alignment.
  static std::size_t parse_align(std::string_view text, bool is_number, FieldSpec& spec) {
    spec.align = is_number ? Align::right : Align::left;
    if (text.empty()) return 0;
    std::size_t fill_bytes = 1;
    while (fill_bytes < text.size() &&
           (static_cast<unsigned char>(text[fill_bytes]) & 0xc0) == 0x80) {
      ++fill_bytes;
    }
    if (fill_bytes < text.size()) {
      if (const auto align = align_of(text[fill_bytes])) {
        spec.align = *align;
        spec.fill = text.substr(0, fill_bytes);
        return fill_bytes + 1;
      }
    }
    if (const auto align = align_of(text[0])) {
      spec.align = *align;
      return 1;
    }
    return 0;
  }

  // Reads digits at `text[i]`, if there are any, and moves `i` behind them.
  std::optional<std::uint32_t> parse_number(std::string_view text, std::size_t& i,
                                            std::size_t position) const {
    if (i == text.size() || !is_digit(text[i])) return std::nullopt;
    const std::size_t begin = i;
    std::uint32_t value = 0;
    for (; i < text.size() && is_digit(text[i]); ++i) {
      value = value * 10 + static_cast<std::uint32_t>(text[i] - '0');
      if (value > kFieldWidthMax) {
        fail(position + begin, fmt::format("larger than {}", kFieldWidthMax));
      }
    }
    return value;
  }

  std::string_view text_;
  const std::string& option_name_;
  std::size_t position_ = 0;
  std::vector<PatternField> fields_;
};

}  // namespace

std::vector<PatternField> parse_pattern(std::string_view text, const std::string& option_name) {
  return PatternParser(text, option_name).parse();
}

}  // namespace lathe
