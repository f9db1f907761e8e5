// SPDX-License-Identifier: MIT

#include "support/log_oracle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <sstream>

#include "os/compressor.hpp"
#include "sink/backup_list.hpp"
#include "sink/packing.hpp"

namespace lathe {
namespace {

// FNV-1a.
std::uint32_t checksum(std::string_view text, std::uint32_t hash = 2166136261U) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

constexpr std::size_t kChecksumBytes = 9;  // and the space behind it

// Takes a number and the character behind it off the front of `text`.
template <class T>
bool take_number(std::string_view& text, T& out, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  if (error != std::errc() || end == text.data() + text.size() || *end != ' ') return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return true;
}

std::string payload(RecordId id, std::size_t bytes) {
  std::string text(bytes, '.');
  for (std::size_t i = 0; i < bytes; ++i) {
    text[i] = static_cast<char>('a' + (id.number * 7 + id.producer + i) % 26);
  }
  return text;
}

class Reader {
 public:
  void read(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) read_line(line);
  }

  FoundRecords found;

 private:
  void read_line(std::string_view line) {
    if (line.starts_with('#')) return;  // a header or footer, whole or not: no record
    const bool is_repeated = repeats_ > 0;
    repeats_ -= is_repeated ? 1 : 0;
    if (line.starts_with("lathe|")) {
      constexpr std::string_view kAgain = "is written again; records: ";
      const std::size_t at = line.find(kAgain);
      if (at == std::string_view::npos || is_repeated) return;  // counted by the one before
      const std::string_view count = line.substr(at + kAgain.size());
      repeats_ = 0;
      (void)std::from_chars(count.data(), count.data() + count.size(), repeats_);
      return;
    }
    constexpr std::string_view kLogger = "app|";
    const auto id =
        line.starts_with(kLogger) ? parse_oracle_record(line.substr(kLogger.size())) : std::nullopt;
    if (!id) {
      found.torn.emplace_back(line);
    } else if (is_repeated) {
      if (known_.insert(*id).second) {
        found.only_repeated.push_back(*id);
      } else {
        found.repeated.push_back(*id);
      }
    } else {
      add(*id);
    }
  }

  void add(RecordId id) {
    if (!known_.insert(id).second) {
      found.problems.push_back(fmt::format("{}.{} is there twice", id.producer, id.number));
    } else if (!found.records.empty() && id < found.records.back()) {
      found.problems.push_back(fmt::format("{}.{} is behind {}.{}", id.producer, id.number,
                                           found.records.back().producer,
                                           found.records.back().number));
    }
    found.records.push_back(id);
  }

  std::set<RecordId> known_;
  std::uint64_t repeats_ = 0;  // lines that follow and were announced
};

}  // namespace

std::string make_oracle_record(RecordId id, std::size_t bytes) {
  const std::string head = fmt::format("{} {} {} ", id.producer, id.number, bytes);
  const std::size_t used = head.size() + kChecksumBytes;
  const std::string rest = payload(id, bytes > used ? bytes - used : 0);
  return fmt::format("{}{:08x} {}", head, checksum(rest, checksum(head)), rest);
}

std::optional<RecordId> parse_oracle_record(std::string_view message) {
  std::string_view text = message;
  RecordId id;
  std::size_t bytes = 0;
  std::uint32_t sum = 0;
  if (!take_number(text, id.producer) || !take_number(text, id.number)) return std::nullopt;
  if (!take_number(text, bytes)) return std::nullopt;
  const std::string_view head = message.substr(0, message.size() - text.size());
  if (!take_number(text, sum, 16) || checksum(text, checksum(head)) != sum) return std::nullopt;
  const bool is_whole = message.size() == std::max(bytes, head.size() + kChecksumBytes);
  return is_whole ? std::optional(id) : std::nullopt;
}

FoundRecords find_records(const std::vector<std::string>& texts) {
  Reader reader;
  for (const std::string& text : texts) reader.read(text);
  return std::move(reader.found);
}

std::optional<std::string> unpack(const BackupFile& file, const std::string& content) {
  const std::optional<Codec> codec = codec_of(file.packed);
  if (!codec) return content;
  const auto decompressor = make_decompressor(*codec);
  std::string text;
  if (decompressor->add(content, text) || !decompressor->is_complete()) return std::nullopt;
  return text;
}

std::vector<std::string> read_log(const FakeFileSystem& files, const BackupNames& names,
                                  const std::string& directory, const std::string& active) {
  std::vector<ListedBackup> backups;
  for (const std::string& name : files.names(directory)) {
    if (const auto file = names.parse(name)) backups.push_back({.file = *file, .name = name});
  }
  std::sort(backups.begin(), backups.end(), [](const ListedBackup& a, const ListedBackup& b) {
    if (is_same_backup(a.file, b.file)) return a.file.packed < b.file.packed;
    return is_older(a.file, b.file);
  });
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < backups.size(); ++i) {
    if (i > 0 && is_same_backup(backups[i - 1].file, backups[i].file)) continue;
    const auto text = unpack(backups[i].file, files.read(directory + "/" + backups[i].name));
    texts.push_back(text.value_or("cannot be unpacked: " + backups[i].name));
  }
  const std::string path = directory + "/" + active;
  if (files.exists(path)) texts.push_back(files.read(path));
  return texts;
}

}  // namespace lathe
