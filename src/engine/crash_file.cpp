// SPDX-License-Identifier: MIT

#include "engine/crash_file.hpp"

#include <algorithm>
#include <cstring>

#include "core/calendar.hpp"
#include "os/crash_calls.hpp"

namespace lathe {

CrashFile::CrashFile(FileJournal& journal, const SinkDescription& description)
    : journal_(journal),
      description_(description),
      pattern_(description.pattern, {.field_name = "pattern",
                                     .time_zone = TimeZone::utc,
                                     .escape = description.escape,
                                     .line_end = description.line_end,
                                     .process_id = description.process_id}) {
  pattern_.make_plain(offset_s_);
}

void CrashFile::refresh_zone(std::int64_t utc_s) {
  if (description_.time_zone == TimeZone::utc) return;
  offset_s_.store(local_offset(utc_s), std::memory_order_relaxed);  // see there
}

void CrashFile::begin(std::uint64_t pass) noexcept {
  is_writing_ = false;
  used_bytes_ = 0;
  pass_ = pass;
  const FileJournalEntry before = journal_.last();
  next_ = written_ = before.pass == pass ? before.records : 0;
  const JournaledFile& file = journal_.file();
  const auto found = look_at_file(file.descriptor);
  if (description_.is_shared || !found || found->device != file.device ||
      found->inode != file.inode) {
    return;
  }
  if (!finish_block(before)) return;
  const FileJournalEntry entry = journal_.last();
  if (entry.partial_bytes != 0 || !ends_with_a_line()) return;
  is_writing_ = true;
  if (entry.pass != pass) begin_next(pass);  // of a pass before; all of that is written
}

void CrashFile::begin_next(std::uint64_t pass) noexcept {
  pass_ = pass;
  next_ = written_ = 0;
  journal_.publish({.pass = pass});
}

// The file tells how much of it is there.
bool CrashFile::finish_block(FileJournalEntry entry) noexcept {
  if (entry.block_bytes == 0) return true;
  const JournaledFile& file = journal_.file();
  const std::uint64_t size = file_size();
  const std::span<char> block = journal_.block();
  if (entry.device != file.device || entry.inode != file.inode || size < entry.size_bytes ||
      entry.block_begin > block.size() || entry.block_bytes > block.size() - entry.block_begin) {
    return false;
  }
  const std::uint64_t done = std::min(size - entry.size_bytes, entry.block_bytes);
  const std::string_view part(block.data() + entry.block_begin, done);
  if (!holds(file.descriptor, entry.size_bytes, part).value_or(false)) return false;
  entry.block_begin += done;
  entry.block_bytes -= done;
  entry.size_bytes += done;
  journal_.publish(entry);
  return write_entry(entry);
}

// Writes the part of the block that `entry` speaks of. Where that fails, the journal says how far
// it came.
bool CrashFile::write_entry(FileJournalEntry entry) noexcept {
  while (entry.block_bytes != 0) {
    const std::string_view rest(journal_.block().data() + entry.block_begin, entry.block_bytes);
    const std::size_t bytes = write_some(journal_.file().descriptor, rest);
    if (bytes == 0) return false;
    entry.block_begin += bytes;
    entry.block_bytes -= bytes;
    entry.size_bytes += bytes;
    journal_.publish(entry);
  }
  return true;
}

// Otherwise somebody was killed in it, and the sink has not mended it yet.
bool CrashFile::ends_with_a_line() const noexcept {
  const std::uint64_t size = file_size();
  if (size == 0 || description_.line_end.empty()) return true;
  const std::string_view end(&description_.line_end.back(), 1);
  return holds(journal_.file().descriptor, size - 1, end).value_or(false);
}

std::uint64_t CrashFile::file_size() const noexcept {
  const auto found = look_at_file(journal_.file().descriptor);
  return found ? found->size_bytes : 0;
}

void CrashFile::add(const Record& record, std::span<char> room) noexcept {
  if (record.level < description_.level_min) {
    ++next_;
    return;
  }
  if (pattern_.bound(record) > room.size()) return end();
  const char* const line_end = pattern_.render(record, room.data());
  const std::string_view line(room.data(), static_cast<std::size_t>(line_end - room.data()));
  const std::span<char> block = journal_.block();
  if (line.size() > block.size() - used_bytes_) flush();
  if (!is_writing_) return;
  if (line.size() > block.size()) return write_long(line);
  if (!line.empty()) std::memcpy(block.data() + used_bytes_, line.data(), line.size());
  used_bytes_ += line.size();
  ++next_;
}

void CrashFile::flush() noexcept {
  if (!is_writing_ || next_ == written_) return;
  const JournaledFile& file = journal_.file();
  const FileJournalEntry entry{.pass = pass_,
                               .records = next_,
                               .block_bytes = used_bytes_,
                               .device = file.device,
                               .inode = file.inode,
                               .size_bytes = file_size()};
  journal_.publish(entry);
  is_writing_ = write_entry(entry);
  if (!is_writing_) return;
  used_bytes_ = 0;
  written_ = next_;
}

// Longer than the block, in parts. The block is empty.
void CrashFile::write_long(std::string_view line) noexcept {
  const JournaledFile& file = journal_.file();
  const std::span<char> block = journal_.block();
  std::size_t done = 0;
  while (is_writing_ && done < line.size()) {
    const std::size_t part = std::min(block.size(), line.size() - done);
    std::memcpy(block.data(), line.data() + done, part);
    done += part;
    const bool is_last = done == line.size();
    const FileJournalEntry entry{.pass = pass_,
                                 .records = next_ + (is_last ? 1 : 0),
                                 .partial_bytes = static_cast<std::uint32_t>(is_last ? 0 : done),
                                 .block_bytes = part,
                                 .device = file.device,
                                 .inode = file.inode,
                                 .size_bytes = file_size()};
    journal_.publish(entry);
    is_writing_ = write_entry(entry);
  }
  if (is_writing_) written_ = ++next_;
}

void CrashFile::end() noexcept {
  flush();
  is_writing_ = false;
}

}  // namespace lathe
