// SPDX-License-Identifier: MIT

#include "sink/unsynced.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string_view>

namespace lathe {
namespace {

constexpr std::uint64_t kNames = 1;  // the version of the names in tests that are about contents

class UnsyncedTest : public ::testing::Test {
 protected:
  // Writes a record of `text` to `file`; it is the next one of the program.
  void write(const std::shared_ptr<LogFile>& file, std::string_view text) {
    put(text);
    unsynced.add(file, buffer, buffer.size_bytes(), written);
    buffer.consume(buffer.size_bytes());
    ++written;
  }

  void put(std::string_view text) {
    char* out = buffer.room(text.size());
    std::memcpy(out, text.data(), text.size());
    buffer.commit(out + text.size());
  }

  void synced(const std::shared_ptr<LogFile>& file, std::uint64_t mark,
              std::uint64_t names_version = kNames) {
    unsynced.note_synced(file, mark, names_version);
    unsynced.note_names_durable(kNames);
  }

  [[nodiscard]] std::uint64_t durable() const { return unsynced.durable_position(written); }

  std::shared_ptr<LogFile> a = std::make_shared<LogFile>();
  std::shared_ptr<LogFile> b = std::make_shared<LogFile>();
  RecordBuffer buffer;
  std::uint64_t written = 0;
  Unsynced unsynced{0};
};

TEST_F(UnsyncedTest, ASyncCoversWhatWasWrittenBeforeItBegan) {
  write(a, "1");
  write(a, "2");
  const std::uint64_t mark = unsynced.begin_sync();
  write(a, "3");
  EXPECT_EQ(durable(), 0U);

  synced(a, mark);
  EXPECT_EQ(durable(), 2U);
  synced(a, unsynced.begin_sync());
  EXPECT_EQ(durable(), 3U);
}

TEST_F(UnsyncedTest, AYoungerFileDoesNotStandInForAnOlderOne) {
  write(a, "1");
  write(b, "2");
  const std::uint64_t mark = unsynced.begin_sync();

  synced(b, mark);
  EXPECT_EQ(durable(), 0U);
  synced(a, mark);
  EXPECT_EQ(durable(), 2U);
}

TEST_F(UnsyncedTest, ContentsWaitForTheirName) {
  write(a, "1");
  const std::uint64_t mark = unsynced.begin_sync();

  synced(a, mark, kNames + 1);
  EXPECT_EQ(durable(), 0U);
  unsynced.note_names_durable(kNames + 1);
  EXPECT_EQ(durable(), 1U);
}

TEST_F(UnsyncedTest, ASyncThatEndsWithinARecordDoesNotCoverIt) {
  write(a, "1");
  (void)unsynced.begin_sync();
  put("a record");
  unsynced.add(a, buffer, 3, written);
  buffer.consume(3);
  const std::uint64_t mark = unsynced.begin_sync();
  unsynced.add(a, buffer, 5, written);
  buffer.consume(5);
  ++written;

  synced(a, mark);
  EXPECT_EQ(durable(), 1U);
  synced(a, unsynced.begin_sync());
  EXPECT_EQ(durable(), 2U);
}

TEST_F(UnsyncedTest, EverythingIsDurableWhereNothingWasWritten) {
  EXPECT_EQ(unsynced.durable_position(7), 7U);
  EXPECT_EQ(unsynced.begin_sync(), 0U);
}

}  // namespace
}  // namespace lathe
