// SPDX-License-Identifier: MIT

#include "tools/latency_check.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "tools/latency_calls.hpp"

namespace lathe::tools {
namespace {

constexpr std::uint64_t kLinesPerBeat = 65'536;  // some ten milliseconds
constexpr std::size_t kShownBytesMax = 100;      // of a line that is wrong
constexpr std::string_view kBackendsLogger = "lathe";

// A backup's place: "20261122_135033" and the number behind it, 0 where there is none.
struct Place {
  std::string stamp;
  std::uint64_t number = 0;
  auto operator<=>(const Place&) const = default;
};

// Of what follows the active file's name and a dot. Nothing for other files.
std::optional<Place> place_of(std::string_view suffix) {
  constexpr std::size_t kStampBytes = std::string_view("20261122_135033").size();
  if (suffix.size() < kStampBytes || (suffix.size() > kStampBytes && suffix[kStampBytes] != '.')) {
    return std::nullopt;
  }
  Place place{std::string(suffix.substr(0, kStampBytes)), 0};
  if (suffix.size() > kStampBytes) {
    const char* const end = suffix.data() + suffix.size();
    const auto [rest, error] = std::from_chars(suffix.data() + kStampBytes + 1, end, place.number);
    if (error != std::errc{} || rest != end) {
      return std::nullopt;
    }
  }
  return place;
}

// The backups, oldest first, and the file itself.
std::vector<std::string> files_of(const std::string& path) {
  const std::filesystem::path active(path);
  const std::string start = active.filename().string() + ".";
  std::vector<std::pair<Place, std::string>> backups;
  for (const auto& entry : std::filesystem::directory_iterator(active.parent_path())) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(start)) {
      if (std::optional<Place> place = place_of(std::string_view(name).substr(start.size()))) {
        backups.emplace_back(*std::move(place), entry.path().string());
      }
    }
  }
  std::sort(backups.begin(), backups.end());
  std::vector<std::string> files;
  files.reserve(backups.size() + 1);
  for (auto& [place, file] : backups) {
    files.push_back(std::move(file));
  }
  files.push_back(path);
  return files;
}

// What a line in the default layout says: the logger's name and the message. The head is
// "date time level [thread] logger file:line ".
struct Line {
  std::string_view logger;
  std::string_view message;
};

std::optional<Line> parse_line(std::string_view text) {
  const std::size_t thread_end = text.find("] ");
  if (thread_end == std::string_view::npos) {
    return std::nullopt;
  }
  text.remove_prefix(thread_end + 2);
  const std::size_t logger_end = text.find(' ');
  const std::size_t place_end = text.find(' ', logger_end + 1);
  if (logger_end == std::string_view::npos || place_end == std::string_view::npos) {
    return std::nullopt;
  }
  return Line{text.substr(0, logger_end), text.substr(place_end + 1)};
}

// Reads "NUMBER" after `name` and a blank; moves `text` behind it.
template <class Number>
bool take_number(std::string_view& text, std::string_view name, Number& number) {
  if (!text.starts_with(name)) {
    return false;
  }
  const char* const begin = text.data() + name.size();
  const auto [rest, error] = std::from_chars(begin, text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  return error == std::errc{};
}

// Takes lines in order and knows which one has to come next.
class Checker {
 public:
  Checker(const std::vector<std::uint64_t>& calls, std::string_view text)
      : calls_(calls), text_(text), next_(calls.size(), 0) {}

  // Returns what is wrong with it; empty if nothing is.
  std::string take(std::string_view line) {
    const std::optional<Line> parsed = parse_line(line);
    if (parsed && parsed->logger == kBackendsLogger) {
      return {};
    }
    unsigned thread = 0;
    std::uint64_t call = 0;
    std::string_view rest = parsed ? parsed->message : std::string_view();
    if (!parsed || parsed->logger != kLoggerName || !take_number(rest, kMessageStart, thread) ||
        !take_number(rest, " call ", call) || thread >= calls_.size()) {
      return "no line of a record";
    }
    want_.clear();
    append_message(want_, thread, call, text_);
    if (parsed->message != want_) {
      return "not what was logged";
    }
    if (call >= calls_[thread]) {
      return "more than was logged";
    }
    if (call < next_[thread]) {
      return fmt::format("call {} was expected of thread {}", next_[thread], thread);
    }
    output_.missing += call - next_[thread];
    next_[thread] = call + 1;
    ++output_.written;
    return {};
  }

  CheckedOutput finish() {
    for (std::size_t thread = 0; thread < calls_.size(); ++thread) {
      output_.missing += calls_[thread] - next_[thread];
    }
    return output_;
  }

 private:
  const std::vector<std::uint64_t>& calls_;
  std::string_view text_;
  std::vector<std::uint64_t> next_;  // of each thread
  std::string want_;
  CheckedOutput output_;
};

// Returns what is wrong with the file; empty if nothing is.
std::string check_file(const std::string& path, Checker& checker,
                       const std::function<void()>& beat) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return path + ": cannot be read";
  }
  std::string line;
  for (std::uint64_t number = 1; std::getline(file, line); ++number) {
    // At the end of the file without a line end.
    const std::string wrong = file.eof() ? "no line end" : checker.take(line);
    if (!wrong.empty()) {
      const std::string name = std::filesystem::path(path).filename().string();
      return fmt::format("{}, line {}: {}: '{}'", name, number, wrong,
                         line.substr(0, kShownBytesMax));
    }
    if (number % kLinesPerBeat == 0) {
      beat();
    }
  }
  return file.bad() ? path + ": cannot be read" : std::string();
}

}  // namespace

CheckedOutput check_output(const std::string& path, const std::vector<std::uint64_t>& calls,
                           std::string_view text, const std::function<void()>& beat) {
  Checker checker(calls, text);
  try {
    for (const std::string& file : files_of(path)) {
      beat();
      std::string failure = check_file(file, checker, beat);
      if (!failure.empty()) {
        CheckedOutput output = checker.finish();
        output.failure = std::move(failure);
        return output;
      }
    }
  } catch (const std::filesystem::filesystem_error& error) {
    CheckedOutput output = checker.finish();
    output.failure = error.what();
    return output;
  }
  return checker.finish();
}

}  // namespace lathe::tools
