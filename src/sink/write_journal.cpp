// SPDX-License-Identifier: MIT

#include "sink/write_journal.hpp"

#include <algorithm>
#include <cstring>

namespace lathe {

void WriteJournal::use(FileJournal* journal, RecordBuffer& buffer) noexcept {
  journal_ = journal;
  buffer.use_block(journal == nullptr ? std::span<char>() : journal->block());
  pass_ = place().pass;
  buffer.set_first_mark(place().first_record);
}

void WriteJournal::begin_batch(RecordBuffer& buffer) noexcept {
  if (journal_ == nullptr) return;
  const BatchPlace place = journal_->place();
  if (buffer.is_empty() || place.pass != pass_) buffer.set_first_mark(place.first_record);
  pass_ = place.pass;
}

void WriteJournal::set_file(const LogFile& file) noexcept {
  if (journal_ == nullptr) return;
  const GateScope inside(gate());
  journal_->set_file({.descriptor = file.file->descriptor(),
                      .device = file.identity.device,
                      .inode = file.identity.inode});
}

FileJournalEntry WriteJournal::entry_at(const RecordBuffer& buffer,
                                        std::size_t bytes) const noexcept {
  const RecordBuffer::Position position = buffer.position_at(bytes);
  return {.pass = pass_, .records = position.mark, .partial_bytes = position.partial_bytes};
}

std::size_t WriteJournal::before_write(const RecordBuffer& buffer, std::size_t bytes,
                                       const LogFile& file) noexcept {
  if (journal_ == nullptr) return bytes;
  const std::span<char> block = journal_->block();
  std::size_t begin = 0;
  if (buffer.is_in_block()) {
    begin = static_cast<std::size_t>(buffer.front(bytes).data() - block.data());
  } else {
    // Nobody else needs the block: what was in it before is written, and the journal says so.
    bytes = std::min(bytes, block.size());
    std::memcpy(block.data(), buffer.front(bytes).data(), bytes);
  }
  FileJournalEntry entry = entry_at(buffer, bytes);
  entry.block_begin = begin;
  entry.block_bytes = bytes;
  entry.device = file.identity.device;
  entry.inode = file.identity.inode;
  entry.size_bytes = file.size_bytes;
  journal_->publish(entry);
  return bytes;
}

void WriteJournal::after_write(RecordBuffer& buffer, const LogFile& file) noexcept {
  if (journal_ == nullptr) return;
  const GateScope inside(gate());
  FileJournalEntry entry = entry_at(buffer, 0);
  if (entry.partial_bytes != 0) {  // where the first part of that record is
    entry.device = file.identity.device;
    entry.inode = file.identity.inode;
    entry.size_bytes = file.size_bytes;
  }
  journal_->publish(entry);
  if (buffer.is_empty() && !buffer.is_in_block()) buffer.use_block(journal_->block());
}

}  // namespace lathe
