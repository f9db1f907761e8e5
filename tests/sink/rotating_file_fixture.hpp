// SPDX-License-Identifier: MIT
//
// What the tests of RotatingFileSink share: a fake disk, a fake clock, and short ways to log.

#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "sink/rotating_file_sink.hpp"
#include "support/backup_names.hpp"
#include "support/fake_clock.hpp"
#include "support/fake_file_system.hpp"
#include "support/inline_sink_host.hpp"

namespace lathe {

using namespace std::chrono_literals;

inline constexpr std::uint64_t kLimit = 100;  // bytes of a file, where a test limits them

inline const ThreadInfo kThread{};
inline const SourceInfo kSource{};
inline const LoggerInfo kLogger{};

inline Record make_record(std::string_view message, Level level = Level::info) {
  return {.time = WallTime{},
          .message = message,
          .thread = &kThread,
          .source = &kSource,
          .logger = &kLogger,
          .level = level};
}

// Lines are "<message>\n"; no sync policy, no rotation but what a test asks for.
inline RotatingFileOptions plain_options() {
  RotatingFileOptions options;
  options.path = "logs/app.log";
  options.pattern = "{message}";
  options.sync = {.interval = 0s, .bytes_max = 0, .level_min = Level::off, .on_rotate = false};
  return options;
}

class RotatingFileFixture : public ::testing::Test {
 protected:
  RotatingFileFixture() { (void)fs.make_directory("logs"); }

  void open(const RotatingFileOptions& options) {
    sink = std::make_unique<RotatingFileSink>(options, fs, clock);
    sink->attach(host);
  }

  void write(const std::string& message, Level level = Level::info) {
    host.set_position(host.position() + 1);
    const Record record = make_record(message, level);
    EXPECT_FALSE(sink->write({&record, 1}));
  }

  std::error_code log(const std::string& message, Level level = Level::info) {
    write(message, level);
    return sink->flush();
  }

  // A line of exactly `bytes` bytes with its end.
  static std::string line(char letter, std::size_t bytes) { return std::string(bytes - 1, letter); }

  // Names of the backups, oldest first.
  [[nodiscard]] std::vector<std::string> backups() const {
    std::vector<std::pair<BackupName, std::string>> found;
    for (const std::string& name : fs.names("logs")) {
      if (const auto parsed = parse_backup_name("app.log", name)) found.emplace_back(*parsed, name);
    }
    std::sort(found.begin(), found.end());
    std::vector<std::string> names;
    for (const auto& [key, name] : found) names.push_back(name);
    return names;
  }

  // All that was logged, oldest first.
  [[nodiscard]] std::string all_text() const {
    std::string text;
    for (const std::string& name : backups()) text += fs.read("logs/" + name);
    if (fs.exists("logs/app.log")) text += fs.read("logs/app.log");
    return text;
  }

  // `text` without the lines that are announced as written again after a failed sync, each of which
  // must have been there before.
  [[nodiscard]] static std::string without_repeats(const std::string& text) {
    std::string kept;
    std::istringstream lines(text);
    std::string line;
    while (std::getline(lines, line)) {
      if (!line.starts_with("sync of ")) {
        kept += line + "\n";
        continue;
      }
      for (int repeats = std::stoi(line.substr(line.rfind(' '))); repeats > 0; --repeats) {
        std::getline(lines, line);
        EXPECT_NE(kept.find(line + "\n"), std::string::npos) << line;
      }
    }
    return kept;
  }

  [[nodiscard]] std::string active() const { return fs.read("logs/app.log"); }

  FakeFileSystem fs;
  FakeClock clock;
  InlineSinkHost host;
  std::unique_ptr<RotatingFileSink> sink;
};

}  // namespace lathe
