// SPDX-License-Identifier: MIT
//
// The part of RotatingFileSink that goes on where a process was killed.

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "os/thread.hpp"
#include "sink/rotating_file_sink.hpp"

namespace lathe {
namespace {

// How much of a file is compared at once.
constexpr std::size_t kCompareBytes = std::size_t{64} * 1024;

// What is known of a block's part that was being written.
struct Written {
  std::shared_ptr<LogFile> file = nullptr;  // null: the file is not there, or is not what it was
  std::size_t bytes = 0;                    // so many are in it
};

// True if the file holds `bytes` at `offset`.
bool holds(SourceFile& file, std::uint64_t offset, std::string_view bytes) {
  if (file.skip_to(offset)) return false;
  std::string read_bytes(std::min(bytes.size(), kCompareBytes), '\0');
  while (!bytes.empty()) {
    const ReadResult read = file.read({read_bytes.data(), std::min(bytes.size(), kCompareBytes)});
    if (read.error || read.read_bytes == 0) return false;
    if (!bytes.starts_with(std::string_view(read_bytes.data(), read.read_bytes))) return false;
    bytes.remove_prefix(read.read_bytes);
  }
  return true;
}

bool is_file_of(const FileStatus& status, const FileJournalEntry& entry) {
  return status.kind == FileKind::regular && status.device == entry.device &&
         status.inode == entry.inode;
}

// The name that the file has by now: somebody may have rotated it since.
std::optional<std::string> find_name(const LogPlace& place, const FileJournalEntry& entry) {
  const auto is_it = [&](const std::string& name) {
    const StatusResult found = place.directory().status(name);
    return !found.error && is_file_of(found.status, entry);
  };
  if (is_it(place.names().active)) return place.names().active;
  for (const std::string& name : place.directory().list().names) {
    if (is_it(name)) return name;
  }
  return std::nullopt;
}

// A write that stopped within a record left the rest of it. Nothing before it has left the block.
void go_back_to_line(std::span<const char> block, std::string_view line_end,
                     FileJournalEntry& entry) {
  if (line_end.empty()) return;
  const std::size_t found = std::string_view(block.data(), entry.block_begin).rfind(line_end);
  const std::size_t begin = found == std::string_view::npos ? 0 : found + line_end.size();
  entry.block_bytes += entry.block_begin - begin;
  entry.block_begin = begin;
}

Written find_written(const LogPlace& place, const std::shared_ptr<LogFile>& active,
                     const FileJournalEntry& entry, std::string_view part) {
  const std::optional<std::string> name = find_name(place, entry);
  if (!name) return {};
  const SourceResult source = place.directory().open_source(*name);
  if (source.error) return {};
  const StatusResult found = source.file->status();
  if (found.error || !is_file_of(found.status, entry)) return {};
  if (found.status.size_bytes < entry.size_bytes) return {};
  const auto bytes = static_cast<std::size_t>(
      std::min<std::uint64_t>(found.status.size_bytes - entry.size_bytes, part.size()));
  if (!holds(*source.file, entry.size_bytes, part.substr(0, bytes))) return {};
  if (is_file_of(active->identity, entry)) return {.file = active, .bytes = bytes};
  LogFileResult opened = place.open(*name, OpenMode::append_or_create);
  const bool is_it = !opened.failure && is_file_of(opened.log_file->identity, entry);
  return is_it ? Written{.file = std::move(opened.log_file), .bytes = bytes} : Written{};
}

}  // namespace

SinkDescription RotatingFileSink::description() const {
  SinkDescription description;
  std::error_code error;
  const auto directory = std::filesystem::canonical(place_->names().directory, error);
  description.path = error ? options_.path : (directory / place_->names().active).string();
  description.pattern = options_.pattern;
  description.line_end = options_.line_end;
  description.process_id = current_process_id();
  description.time_zone = options_.time_zone;
  description.level_min = options_.level_min;
  description.escape = options_.escape;
  description.is_shared = place_->is_shared();
  return description;
}

std::uint32_t RotatingFileSink::begin_recovery(FileJournal& journal, const SinkDescription& made_by,
                                               std::uint64_t pass) {
  const PatternOptions options{.field_name = "pattern",
                               .time_zone = made_by.time_zone,
                               .escape = made_by.escape,
                               .line_end = made_by.line_end,
                               .process_id = made_by.process_id};
  Pattern pattern(made_by.pattern, options);
  FileJournalEntry entry = journal.last();
  finish_block(journal, entry, made_by);
  entry = journal.last();
  if (entry.pass != pass) {  // of a pass before; all of that is written
    entry = {.pass = pass};
    journal.publish(entry);
  }
  skip_bytes_ = entry.partial_bytes;
  const bool ends_there =
      is_file_of(active_->identity, entry) && active_->size_bytes == entry.size_bytes;
  if (skip_bytes_ != 0 && !ends_there) {
    told_.push_back(
        fmt::format("the file in which process {} had begun a record has gone or "
                    "changed: that record follows, as a whole",
                    made_by.process_id));
    skip_bytes_ = 0;
  }
  if (skip_bytes_ != 0) unmended_ = nullptr;  // the last line goes on, rather than ends
  own_pattern_ = std::exchange(pattern_, std::move(pattern));
  level_min_ = made_by.level_min;
  journal_.use(&journal, buffer_);
  return entry.records;
}

// What was being written when the process was killed: the file tells how much of it is there.
void RotatingFileSink::finish_block(FileJournal& journal, FileJournalEntry entry,
                                    const SinkDescription& made_by) {
  if (entry.block_bytes == 0) return;
  if (const std::error_code error = begin_turn()) {
    throw std::system_error(error, options_.path + ": cannot lock " + place_->names().turn);
  }
  const std::string_view part(journal.block().data() + entry.block_begin, entry.block_bytes);
  Written written = find_written(*place_, active_, entry, part);
  if (written.file == nullptr) {
    told_.push_back(
        fmt::format("whether process {} had written its last {} bytes cannot be told, "
                    "since its file has gone or changed: they follow, perhaps again",
                    made_by.process_id, part.size()));
    written = {.file = active_, .bytes = 0};
    go_back_to_line(journal.block(), made_by.line_end, entry);
    begin_line();
  }
  entry.block_begin += written.bytes;
  entry.block_bytes -= written.bytes;
  entry.device = written.file->identity.device;
  entry.inode = written.file->identity.inode;
  entry.size_bytes =
      written.file == active_ ? active_->size_bytes : entry.size_bytes + written.bytes;
  journal.publish(entry);
  write_rest(journal, entry, *written.file);
  end_turn();
}

// What follows is no part of a line that was cut short.
void RotatingFileSink::begin_line() {
  if (unmended_ != nullptr) end_torn_line();
  while (!header_rest_.empty()) {
    const WriteResult result = active_->file->write(header_rest_);
    note_appended(result.written_bytes, Level::trace);
    header_rest_.erase(0, result.written_bytes);
    if (result.error || result.written_bytes == 0) break;  // as will the next write, which tells
  }
  header_rest_.clear();
}

void RotatingFileSink::write_rest(FileJournal& journal, FileJournalEntry& entry, LogFile& file) {
  while (entry.block_bytes != 0) {
    const char* from = journal.block().data() + entry.block_begin;
    const WriteResult result = file.file->write({from, entry.block_bytes});
    if (&file == active_.get()) note_appended(result.written_bytes, Level::trace);
    entry.block_begin += result.written_bytes;
    entry.block_bytes -= result.written_bytes;
    entry.size_bytes += result.written_bytes;
    journal.publish(entry);
    const bool is_stuck = !result.error && result.written_bytes == 0;
    if (result.error || is_stuck) {
      end_turn();
      throw std::system_error(
          is_stuck ? std::make_error_code(std::errc::io_error) : result.error,
          options_.path + ": cannot write what another process has left behind");
    }
  }
}

std::error_code RotatingFileSink::take(std::span<const Record> batch) {
  if (const std::error_code error = write(batch)) return error;
  return flush();
}

void RotatingFileSink::end_recovery(const std::string& told) {
  (void)abandon();  // after an error: the journal says how far it came
  skip_bytes_ = 0;
  if (own_pattern_) pattern_ = std::move(*own_pattern_);
  own_pattern_.reset();
  level_min_ = options_.level_min;
  journal_.use(nullptr, buffer_);
  if (!told.empty()) told_.push_back(told);
}

}  // namespace lathe
