// SPDX-License-Identifier: MIT
//
// Names of backups.

#include "core/backup_name.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <lathe/units.hpp>

namespace lathe {
namespace {

constexpr std::int64_t kSecondMs = 1000;
constexpr std::uint32_t kNumberMax = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kNumberDigitsMax = 10;

constexpr std::string_view kTemporaryPrefix = ".";
constexpr std::string_view kTemporarySuffix = ".tmp";

// The other files that lathe keeps beside "app.log": ".app.log.lock" and so on.
constexpr std::array<std::string_view, 4> kHiddenSuffixes = {".lock", ".next", ".upkeep", ".turn"};

constexpr std::array<Compression, 3> kCompressions = {Compression::none, Compression::gzip,
                                                      Compression::zstd};

std::string_view packed_suffix(Compression packed) noexcept {
  switch (packed) {
    case Compression::gzip:
      return ".gz";
    case Compression::zstd:
      return ".zst";
    case Compression::none:
      break;
  }
  return "";
}

// Reads a number from 1 on as it is written without leading zeros.
std::optional<std::uint32_t> parse_number(std::string_view text) noexcept {
  if (text.empty() || text[0] < '1' || text[0] > '9') return std::nullopt;
  std::uint32_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

// Returns what is between the two texts of a pattern, if `text` has both.
std::optional<std::string_view> inside(const NamePattern& pattern, std::string_view text) noexcept {
  if (text.size() < pattern.prefix.size() + pattern.suffix.size()) return std::nullopt;
  if (!text.starts_with(pattern.prefix) || !text.ends_with(pattern.suffix)) return std::nullopt;
  text.remove_prefix(pattern.prefix.size());
  text.remove_suffix(pattern.suffix.size());
  return text;
}

NamePattern compile_stamped(const NamingOptions& options, std::string_view active) {
  NamePattern pattern = parse_name_pattern(options, active);
  return pattern.is_indexed ? parse_name_pattern(NamingOptions{}, active) : pattern;
}

std::optional<NamePattern> compile_indexed(const NamingOptions& options, std::string_view active) {
  NamePattern pattern = parse_name_pattern(options, active);
  return pattern.is_indexed ? std::optional(std::move(pattern)) : std::nullopt;
}

// True if a name with some index could be read as a stamped one of the default pattern, or as the
// temporary file of one. Looks at the shape alone, so it refuses a little more than it must.
bool can_look_stamped(const NamePattern& indexed, std::string_view active) {
  constexpr std::string_view kShape = "dddddddd_dddddd";
  const std::string plain = fmt::format("{}.", active);
  const std::string hidden = fmt::format("{}{}", kTemporaryPrefix, plain);
  for (std::size_t digits = 1; digits <= kNumberDigitsMax; ++digits) {
    std::string name = indexed.prefix + std::string(digits, '1') + indexed.suffix;
    for (const std::string& start : {plain, hidden}) {
      if (!name.starts_with(start)) continue;
      std::string rest = name.substr(start.size(), kShape.size());
      std::replace_if(
          rest.begin(), rest.end(), [](char c) { return c >= '0' && c <= '9'; }, 'd');
      if (rest == kShape) return true;
    }
  }
  return false;
}

[[noreturn]] void refuse(const std::string& reason) { throw OptionError("naming.pattern", reason); }

}  // namespace

bool is_older(const BackupFile& a, const BackupFile& b) noexcept {
  if (a.index != b.index) return a.index > b.index;  // index 0 is a stamped name
  return a.name < b.name;
}

BackupNames::BackupNames(const NamingOptions& options, std::string_view active, ZoneOffset offset)
    : stamped_(compile_stamped(options, active)), indexed_(compile_indexed(options, active)) {
  // Stamped names are in UTC by the default pattern, hence with {index}, whatever the options say.
  if (options.time_zone != TimeZone::utc && !indexed_) offset_ = std::move(offset);
  resolution_ms_ = has_milliseconds(stamped_.stamp) ? 1 : kSecondMs;
  check_names(active);
  check_lengths();
  if (!options.latest_link.empty()) check_link(options.latest_link, active);
}

void BackupNames::check_names(std::string_view active) const {
  if (is_ours(active)) refuse("a backup could get the name of the active file");
  for (const std::string_view suffix : kHiddenSuffixes) {
    const std::string hidden = fmt::format(".{}{}", active, suffix);
    if (is_ours(hidden)) refuse(fmt::format("a backup could get the name of {}", hidden));
  }
  if (indexed_ && can_look_stamped(*indexed_, active)) {
    refuse("a name with {index} could be mistaken for one with a stamp");
  }
}

void BackupNames::check_lengths() const {
  std::size_t size = stamped_.prefix.size() + stamp_width(stamped_.stamp) + stamped_.suffix.size();
  if (indexed_) {
    // An index has no dot of its own, as a sequence has; the byte is left unused.
    size = std::max(size, indexed_->prefix.size() + indexed_->suffix.size());
  }
  if (size + kBackupExtraBytesMax > kFileNameBytesMax) {
    refuse(
        fmt::format("names of {} bytes leave no room for a sequence number and \".zst\"; the "
                    "longest has {}",
                    size, kFileNameBytesMax - kBackupExtraBytesMax));
  }
}

void BackupNames::check_link(std::string_view link, std::string_view active) const {
  const auto require = [](bool is_good, const char* reason) {
    if (!is_good) throw OptionError("naming.latest_link", reason);
  };
  require(link.find('/') == std::string_view::npos && link != "." && link != "..",
          "must be a plain file name; the link is in the directory of the log");
  require(link.find('\0') == std::string_view::npos, "must not contain a zero byte");
  require(link.size() + kTemporaryPrefix.size() + kTemporarySuffix.size() <= kFileNameBytesMax,
          "is too long for a file system");
  require(link != active, "is the name of the active file");
  require(!is_ours(link), "is a name that a backup could get");
  for (const std::string_view suffix : kHiddenSuffixes) {
    require(link != fmt::format(".{}{}", active, suffix), "is the name of a file that lathe keeps");
  }
}

bool BackupNames::is_indexed() const noexcept { return indexed_.has_value(); }

bool BackupNames::is_ours(std::string_view name) const {
  return parse(name).has_value() || parse_temporary(name).has_value();
}

// A zone's offset as far as a name can say it: whole minutes (only some before 1973 were not), less
// than a day, and a year of four digits from 1970 on. Where it would not be one, the name is in
// UTC and says so, in the first and last hours of the range.
std::int64_t BackupNames::offset_min(std::int64_t utc_s) const {
  if (!offset_) return 0;
  constexpr std::int64_t kOffsetMax = 24 * 60 - 1;
  const std::int64_t offset = std::clamp(offset_(utc_s) / 60, -kOffsetMax, kOffsetMax);
  const std::int64_t local_s = utc_s + offset * 60;
  return local_s < 0 || local_s > kBackupStampMsMax / kSecondMs ? 0 : offset;
}

std::string BackupNames::make(const BackupName& name) const {
  assert(name.stamp_ms >= kBackupStampMsMin && name.stamp_ms <= kBackupStampMsMax);
  std::string text = stamped_.prefix;
  append_stamp(stamped_.stamp, name.stamp_ms, offset_min(name.stamp_ms / kSecondMs), text);
  if (name.sequence > 0) text += fmt::format(".{}", name.sequence);
  return text + stamped_.suffix;
}

std::string BackupNames::make(const BackupFile& file) const {
  assert(file.index == 0 || indexed_);
  std::string text = file.index == 0
                         ? make(file.name)
                         : fmt::format("{}{}{}", indexed_->prefix, file.index, indexed_->suffix);
  text += packed_suffix(file.packed);
  return text;
}

std::optional<BackupFile> BackupNames::parse_stamped(std::string_view text) const {
  const auto moment = inside(stamped_, text);
  const std::size_t width = stamp_width(stamped_.stamp);
  if (!moment || moment->size() < width) return std::nullopt;
  const auto stamp_ms = read_stamp(stamped_.stamp, moment->substr(0, width));
  if (!stamp_ms || *stamp_ms < kBackupStampMsMin || *stamp_ms > kBackupStampMsMax) {
    return std::nullopt;
  }
  const std::string_view tail = moment->substr(width);
  if (tail.empty()) return BackupFile{.name = {*stamp_ms, 0}};
  const auto sequence = tail[0] == '.' ? parse_number(tail.substr(1)) : std::nullopt;
  if (!sequence) return std::nullopt;
  return BackupFile{.name = {*stamp_ms, *sequence}};
}

std::optional<BackupFile> BackupNames::parse_indexed(std::string_view text) const {
  const auto digits = inside(*indexed_, text);
  const auto index = digits ? parse_number(*digits) : std::nullopt;
  if (!index) return std::nullopt;
  return BackupFile{.index = *index};
}

std::optional<BackupFile> BackupNames::parse(std::string_view name) const {
  for (const Compression packed : kCompressions) {
    const std::string_view suffix = packed_suffix(packed);
    if (!name.ends_with(suffix)) continue;
    const std::string_view text = name.substr(0, name.size() - suffix.size());
    std::optional<BackupFile> file = parse_stamped(text);
    if (!file && indexed_) file = parse_indexed(text);
    if (!file) continue;
    file->packed = packed;
    // Reading accepts a little more than there can be, such as an offset that the zone never had.
    if (make(*file) == name) return file;
  }
  return std::nullopt;
}

BackupName BackupNames::next(const std::optional<BackupName>& last,
                             std::int64_t now_ms) const noexcept {
  const std::int64_t range_ms = std::clamp(now_ms, kBackupStampMsMin, kBackupStampMsMax);
  const std::int64_t stamp_ms = range_ms - range_ms % resolution_ms_;
  if (!last || stamp_ms > last->stamp_ms) return {stamp_ms, 0};
  if (last->sequence < kNumberMax) return {last->stamp_ms, last->sequence + 1};
  const std::int64_t later_ms = last->stamp_ms + resolution_ms_;
  return later_ms <= kBackupStampMsMax ? BackupName{later_ms, 0} : *last;
}

std::string BackupNames::make_temporary(const BackupFile& file) const {
  return fmt::format("{}{}{}", kTemporaryPrefix, make(file), kTemporarySuffix);
}

std::optional<BackupFile> BackupNames::parse_temporary(std::string_view name) const {
  if (name.size() < kTemporaryPrefix.size() + kTemporarySuffix.size()) return std::nullopt;
  if (!name.starts_with(kTemporaryPrefix) || !name.ends_with(kTemporarySuffix)) return std::nullopt;
  name.remove_prefix(kTemporaryPrefix.size());
  name.remove_suffix(kTemporarySuffix.size());
  return parse(name);
}

}  // namespace lathe
