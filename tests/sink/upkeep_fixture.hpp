// SPDX-License-Identifier: MIT
//
// What the tests of upkeep share: a directory of backups on a fake disk, and ways to read them.

#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hooked_directory.hpp"
#include "sink/backup_list.hpp"
#include "sink/packing.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_file_system.hpp"

namespace lathe {

inline BackupNames stamped_names() { return {NamingOptions{}, "app.log", {}}; }
inline BackupNames indexed_names() {
  NamingOptions options;
  options.pattern = "{name}.{index}";
  return {options, "app.log", {}};
}

// Those that this build has.
inline std::vector<Compression> compressions() {
  std::vector<Compression> result;
  for (const Compression compression : {Compression::gzip, Compression::zstd}) {
    if (is_built_in(*codec_of(compression))) result.push_back(compression);
  }
  return result;
}

inline std::string packed(std::string_view text, Compression compression) {
  std::string result;
  const auto compressor = make_compressor(*codec_of(compression));
  EXPECT_FALSE(compressor->add(text, result));
  EXPECT_FALSE(compressor->finish(result));
  return result;
}

// Nothing if it is not the whole of something packed.
inline std::optional<std::string> unpacked(std::string_view bytes, Compression compression) {
  std::string result;
  const auto decompressor = make_decompressor(*codec_of(compression));
  for (std::size_t at = 0; at < bytes.size(); at += 1024) {
    if (decompressor->add(bytes.substr(at, 1024), result)) return std::nullopt;
  }
  return decompressor->is_complete() ? std::optional(result) : std::nullopt;
}

// Lines that do not pack to nothing.
inline std::string text_of(std::size_t bytes, unsigned seed = 1) {
  std::string text;
  while (text.size() < bytes) {
    seed = seed * 1'664'525 + 1'013'904'223;
    text += std::to_string(seed) + (seed % 5 == 0 ? "\n" : " ");
  }
  text.resize(bytes);
  return text;
}

class UpkeepFixture : public ::testing::Test {
 protected:
  UpkeepFixture() { (void)fs.make_directory("logs"); }

  [[nodiscard]] std::unique_ptr<Directory> open_directory() {
    return std::move(fs.open_directory("logs").directory);
  }

  // The n-th backup: n seconds after the clock's start.
  static BackupFile file(std::int64_t n, Compression compression = Compression::none) {
    return {.name = {.stamp_ms = (FakeClock::kStartSeconds + n) * 1000}, .packed = compression};
  }
  static BackupFile indexed(std::uint32_t index, Compression compression = Compression::none) {
    return {.index = index, .packed = compression};
  }
  static std::string path(const std::string& name) { return "logs/" + name; }

  void put(const BackupFile& backup, const std::string& content) {
    fs.put(path(names->make(backup)), content);
  }

  [[nodiscard]] bool exists(const BackupFile& backup) const {
    return fs.exists(path(names->make(backup)));
  }

  // Without a fault, a call, or a trace.
  [[nodiscard]] std::vector<ListedBackup> listed() const {
    FakeFileSystem other;
    for (const std::string& name : fs.names("logs")) other.put(name, "");
    return list_backups(*other.open_directory("").directory, *names).backups;
  }

  [[nodiscard]] std::vector<std::string> backup_names() const {
    std::vector<std::string> result;
    for (const ListedBackup& backup : listed()) result.push_back(backup.name);
    return result;
  }

  // What the backups hold, oldest first; "damaged" for a packed one that is not whole. Of two forms
  // with one content, one.
  [[nodiscard]] std::vector<std::string> contents() const {
    std::vector<std::string> result;
    const std::vector<ListedBackup> backups = listed();
    for (std::size_t i = 0; i < backups.size(); ++i) {
      const std::string bytes = fs.read(path(backups[i].name));
      const Compression compression = backups[i].file.packed;
      const std::string text = compression == Compression::none
                                   ? bytes
                                   : unpacked(bytes, compression).value_or("damaged");
      const bool is_second = i > 0 && is_same_backup(backups[i - 1].file, backups[i].file);
      if (!is_second || result.back() != text) result.push_back(text);
    }
    return result;
  }

  [[nodiscard]] std::size_t count_temporaries() const {
    std::size_t count = 0;
    for (const std::string& name : fs.names("logs")) count += name.ends_with(".tmp");
    return count;
  }

  FakeFileSystem fs;
  FakeClock clock;
  std::shared_ptr<const BackupNames> names = std::make_shared<BackupNames>(stamped_names());
};

}  // namespace lathe
