// SPDX-License-Identifier: MIT
//
// Reads the pattern of backup names: text, {name}, {stem}, {extension}, {index}, {time:...}.

#include "core/name_pattern.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include <lathe/units.hpp>

#include "core/calendar.hpp"

namespace lathe {
namespace {

using Kind = StampPiece::Kind;

constexpr std::size_t kKinds = 9;
constexpr std::array<std::size_t, kKinds> kWidths = {0, 4, 2, 2, 2, 2, 2, 3, 5};

struct Conversion {
  std::string_view text;
  Kind kind;
};

constexpr std::array<Conversion, kKinds - 1> kNameConversions = {{
    {"%Y", Kind::year},
    {"%m", Kind::month},
    {"%d", Kind::day},
    {"%H", Kind::hour},
    {"%M", Kind::minute},
    {"%S", Kind::second},
    {"%3f", Kind::millisecond},
    {"%z", Kind::zone},
}};

std::size_t width_of(const StampPiece& piece) noexcept {
  return piece.kind == Kind::text ? piece.text.size()
                                  : kWidths[static_cast<std::size_t>(piece.kind)];
}

bool has_kind(const std::vector<StampPiece>& pieces, Kind kind) noexcept {
  return std::any_of(pieces.begin(), pieces.end(),
                     [kind](const StampPiece& piece) { return piece.kind == kind; });
}

// Where the extension of a file name begins: at its last dot, unless that is all of its beginning.
std::size_t extension_at(std::string_view name) noexcept {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? name.size() : dot;
}

class NameParser {
 public:
  NameParser(const NamingOptions& options, std::string_view active)
      : text_(options.pattern), zone_(options.time_zone), active_(active) {}

  NamePattern parse() {
    if (text_.empty()) fail(0, "it is empty");
    while (position_ < text_.size()) {
      const char c = text_[position_];
      if (c == '{') {
        parse_field();
      } else {
        check_text(position_);
        add_text(text_.substr(position_, 1));
        ++position_;
      }
    }
    if (!has_moment_) {
      fail(0, "two rotations could get one name: there is neither {time:...} nor {index}");
    }
    return std::move(pattern_);
  }

 private:
  [[noreturn]] static void fail(std::size_t position, const std::string& reason) {
    throw OptionError("naming.pattern",
                      fmt::format("bad name at position {}: {}", position, reason));
  }

  void check_text(std::size_t position) const {
    switch (text_[position]) {
      case '/':
        fail(position, "a backup is in the directory of its log: no slash");
      case '\0':
        fail(position, "a name has no zero byte");
      case '}':
        fail(position, "'}' without '{'");
      default:
        break;
    }
  }

  void add_text(std::string_view text) {
    (has_moment_ ? pattern_.suffix : pattern_.prefix).append(text);
  }

  // From '{' to behind '}'.
  void parse_field() {
    const std::size_t begin = position_ + 1;
    const std::size_t end = text_.find_first_of("{}", begin);
    if (end == std::string_view::npos || text_[end] == '{') fail(position_, "'{' without '}'");
    const std::string_view body = text_.substr(begin, end - begin);
    const std::string_view name = body.substr(0, body.find(':'));
    const bool has_format = name.size() < body.size();
    if (has_format && name != "time") fail(begin + name.size(), "only {time:...} takes a format");

    if (name == "name") {
      add_text(active_);
    } else if (name == "stem") {
      add_text(active_.substr(0, extension_at(active_)));
    } else if (name == "extension") {
      add_text(active_.substr(extension_at(active_)));
    } else if (name == "index") {
      start_moment();
      pattern_.is_indexed = true;
    } else if (name == "time") {
      start_moment();
      if (!has_format) fail(begin, "a format is missing, such as {time:%Y%m%d_%H%M%S}");
      parse_time(begin + name.size() + 1, end);
      check_time();
    } else {
      fail(begin, "no field has this name; there are name, stem, extension, time and index");
    }
    position_ = end + 1;
  }

  void start_moment() {
    if (has_moment_) fail(position_, "{time:...} or {index} may come once, and not both");
    has_moment_ = true;
  }

  void parse_time(std::size_t begin, std::size_t end) {
    std::vector<StampPiece>& pieces = pattern_.stamp;
    for (std::size_t i = begin; i < end;) {
      if (text_[i] == '%') {
        const std::string_view rest = text_.substr(i, end - i);
        const auto* const found =
            std::find_if(kNameConversions.begin(), kNameConversions.end(),
                         [rest](const Conversion& c) { return rest.starts_with(c.text); });
        if (found == kNameConversions.end()) {
          fail(i, "no such conversion in a name; there are %Y %m %d %H %M %S %3f %z");
        }
        pieces.push_back({found->kind});
        i += found->text.size();
      } else {
        check_text(i);
        if (pieces.empty() || pieces.back().kind != Kind::text) pieces.emplace_back();
        pieces.back().text += text_[i];
        ++i;
      }
    }
  }

  void check_time() const {
    for (const Conversion& conversion : kNameConversions) {
      if (conversion.kind > Kind::second || has_kind(pattern_.stamp, conversion.kind)) continue;
      fail(position_,
           fmt::format("two rotations could get one name: {{time}} has no {}", conversion.text));
    }
    if (zone_ != TimeZone::utc && !has_kind(pattern_.stamp, Kind::zone)) {
      fail(position_,
           "two rotations could get one name: local time without %z, and one hour a year comes "
           "twice");
    }
  }

  std::string_view text_;
  TimeZone zone_;
  std::string_view active_;
  std::size_t position_ = 0;
  bool has_moment_ = false;  // the stamp or the index is behind us
  NamePattern pattern_;
};

// Reads decimal digits and nothing else.
std::optional<unsigned> read_digits(std::string_view text) noexcept {
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

// Reads "+hhmm" as minutes.
std::optional<int> read_zone(std::string_view text) noexcept {
  const auto hours = read_digits(text.substr(1, 2));
  const auto minutes = read_digits(text.substr(3, 2));
  if (!hours || !minutes || *minutes > 59) return std::nullopt;
  const auto offset_min = static_cast<int>(*hours * 60 + *minutes);
  if (text[0] == '+') return offset_min;
  return text[0] == '-' ? std::optional(-offset_min) : std::nullopt;
}

}  // namespace

NamePattern parse_name_pattern(const NamingOptions& options, std::string_view active) {
  return NameParser(options, active).parse();
}

std::size_t stamp_width(const std::vector<StampPiece>& pieces) noexcept {
  std::size_t width = 0;
  for (const StampPiece& piece : pieces) width += width_of(piece);
  return width;
}

bool has_milliseconds(const std::vector<StampPiece>& pieces) noexcept {
  return has_kind(pieces, Kind::millisecond);
}

void append_stamp(const std::vector<StampPiece>& pieces, std::int64_t utc_ms,
                  std::int64_t offset_min, std::string& out) {
  const std::int64_t local_s = utc_ms / 1000 + offset_min * 60;
  assert(utc_ms >= 0 && local_s >= 0);
  const Date date = date_from_days(local_s / kDaySeconds);
  const std::int64_t second = local_s % kDaySeconds;
  const std::int64_t minutes = offset_min < 0 ? -offset_min : offset_min;
  const std::array<std::int64_t, kKinds> values = {
      0,           date.year,     date.month,
      date.day,    second / 3600, second / 60 % 60,
      second % 60, utc_ms % 1000, minutes / 60 * 100 + minutes % 60};
  for (const StampPiece& piece : pieces) {
    const std::int64_t value = values[static_cast<std::size_t>(piece.kind)];
    if (piece.kind == Kind::text) {
      out += piece.text;
    } else if (piece.kind == Kind::zone) {
      fmt::format_to(std::back_inserter(out), "{}{:04}", offset_min < 0 ? '-' : '+', value);
    } else {
      fmt::format_to(std::back_inserter(out), "{:0{}}", value, width_of(piece));
    }
  }
}

std::optional<std::int64_t> read_stamp(const std::vector<StampPiece>& pieces,
                                       std::string_view text) noexcept {
  if (text.size() != stamp_width(pieces)) return std::nullopt;
  std::array<unsigned, kKinds> values{};
  int offset_min = 0;
  for (const StampPiece& piece : pieces) {
    const std::string_view part = text.substr(0, width_of(piece));
    text.remove_prefix(part.size());
    if (piece.kind == Kind::text) {
      if (part != piece.text) return std::nullopt;
    } else if (piece.kind == Kind::zone) {
      const auto offset = read_zone(part);
      if (!offset) return std::nullopt;
      offset_min = *offset;
    } else {
      const auto value = read_digits(part);
      if (!value) return std::nullopt;
      values[static_cast<std::size_t>(piece.kind)] = *value;
    }
  }
  const auto [none, year, month, day, hour, minute, second, millisecond, zone] = values;
  if (year < 1970 || month < 1 || month > 12) return std::nullopt;
  if (day < 1 || day > days_in_month(year, month)) return std::nullopt;
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const std::int64_t local_s =
      days_from_date({year, month, day}) * kDaySeconds + hour * 3600 + minute * 60 + second;
  return (local_s - offset_min * 60) * 1000 + millisecond;
}

}  // namespace lathe
