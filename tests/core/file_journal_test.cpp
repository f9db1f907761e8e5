// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <array>

#include "core/file_journal.hpp"

namespace lathe {
namespace {

class FileJournalTest : public ::testing::Test {
 protected:
  FileJournalState state{};
  std::array<char, 16> block{};
  BatchPlace place;
  FileJournal journal{state, block, place};
};

TEST_F(FileJournalTest, SaysNothingAtFirst) {
  EXPECT_EQ(journal.last(), FileJournalEntry{});
  EXPECT_FALSE(journal.is_settled());
}

TEST_F(FileJournalTest, SaysWhatWasPublishedLast) {
  for (std::uint32_t i = 1; i <= 5; ++i) {
    const FileJournalEntry entry{.pass = i, .records = i * 2, .block_bytes = i};
    journal.publish(entry);
    EXPECT_EQ(journal.last(), entry);
  }
}

TEST_F(FileJournalTest, KeepsTheLastEntryWhileTheNextIsStored) {
  journal.publish({.pass = 1});
  journal.publish({.pass = 2});
  // What a process that is killed in publish() has stored: the entry, not yet the count.
  state.entries[2 % 2] = {.pass = 3};
  EXPECT_EQ(journal.last().pass, 2u);
}

TEST_F(FileJournalTest, IsReadByWhoeverMapsTheSameMemory) {
  journal.publish({.pass = 7, .records = 3});
  journal.settle();
  const FileJournal other(state, block, place);
  EXPECT_EQ(other.last().records, 3u);
  EXPECT_TRUE(other.is_settled());
}

}  // namespace
}  // namespace lathe
