// SPDX-License-Identifier: MIT

#include "sink/record_buffer.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "sink/backoff.hpp"
#include "sink/record_copy.hpp"

namespace lathe {
namespace {

void put(RecordBuffer& buffer, const std::string& text) {
  char* out = buffer.room(text.size());
  if (out == nullptr) out = buffer.grow(text.size());
  std::memcpy(out, text.data(), text.size());
  buffer.commit(out + text.size());
}

std::string rest(const RecordBuffer& buffer) {
  return std::string(buffer.front(buffer.size_bytes()));
}

TEST(RecordBufferTest, CountsARecordUntilItsLastByteIsConsumed) {
  RecordBuffer buffer;
  put(buffer, "one");
  put(buffer, "two");

  EXPECT_EQ(buffer.records(), 2U);
  buffer.consume(2);
  EXPECT_EQ(buffer.records(), 2U);
  EXPECT_TRUE(buffer.is_mid_record());
  buffer.consume(1);
  EXPECT_EQ(buffer.records(), 1U);
  EXPECT_FALSE(buffer.is_mid_record());
  buffer.consume(1);
  EXPECT_TRUE(buffer.is_mid_record());
  buffer.consume(2);

  EXPECT_EQ(buffer.records(), 0U);
  EXPECT_TRUE(buffer.is_empty());
}

TEST(RecordBufferTest, TellsWhereRecordsEndSeenFromItsFront) {
  RecordBuffer buffer;
  put(buffer, "one");
  put(buffer, "three");

  buffer.consume(1);

  EXPECT_EQ(buffer.bytes_through(0), 2U);
  EXPECT_EQ(buffer.bytes_through(1), 7U);
}

TEST(RecordBufferTest, HasNoRoomBeyondItsBlock) {
  RecordBuffer buffer;
  put(buffer, std::string(RecordBuffer::kBlockBytes - 10, 'x'));

  EXPECT_NE(buffer.room(10), nullptr);
  EXPECT_EQ(buffer.room(11), nullptr);
}

TEST(RecordBufferTest, KeepsItsContentWhenItGrowsAndShrinksWhenItIsEmpty) {
  RecordBuffer buffer;
  const std::string large(3 * RecordBuffer::kBlockBytes, 'y');
  put(buffer, "small");
  buffer.consume(2);
  put(buffer, large);

  EXPECT_EQ(rest(buffer), "all" + large);
  buffer.consume(buffer.size_bytes());

  EXPECT_NE(buffer.room(RecordBuffer::kBlockBytes), nullptr);
  EXPECT_EQ(buffer.room(RecordBuffer::kBlockBytes + 1), nullptr);
}

TEST(RecordBufferTest, TakesNoNoteOfAnEmptyRecord) {
  RecordBuffer buffer;
  put(buffer, "");

  EXPECT_EQ(buffer.records(), 0U);
  EXPECT_TRUE(buffer.is_empty());
}

TEST(RecordBufferTest, DiscardsAllButARecordThatWasBegun) {
  RecordBuffer buffer;
  for (const char* text : {"one", "two", "three"}) put(buffer, text);
  buffer.consume(4);

  EXPECT_EQ(buffer.discard_whole_records(), 1U);
  EXPECT_EQ(rest(buffer), "wo");
  EXPECT_EQ(buffer.records(), 1U);
  EXPECT_EQ(buffer.discard_all(), 1U);
  EXPECT_TRUE(buffer.is_empty());
}

TEST(RecordBufferTest, DiscardsEverythingBetweenTwoRecords) {
  RecordBuffer buffer;
  for (const char* text : {"one", "two", "three"}) put(buffer, text);
  buffer.consume(3);

  EXPECT_EQ(buffer.discard_whole_records(), 2U);
  EXPECT_TRUE(buffer.is_empty());
}

TEST(RecordBufferTest, TellsHowFarALineIsThatHasAMarkOfItsOwn) {
  RecordBuffer buffer;
  buffer.set_first_mark(4);
  append_record(buffer, "five", 5U);
  append_record(buffer, "also five", 5U);
  append_record(buffer, "six", 6U);

  const auto expect_at = [&](std::size_t bytes, std::uint32_t mark, std::uint32_t partial_bytes) {
    EXPECT_EQ(buffer.position_at(bytes).mark, mark) << bytes;
    EXPECT_EQ(buffer.position_at(bytes).partial_bytes, partial_bytes) << bytes;
  };
  expect_at(0, 4, 0);
  expect_at(3, 4, 3);
  expect_at(4, 5, 0);
  expect_at(7, 5, 0);
  expect_at(13, 5, 0);
  expect_at(15, 5, 2);
  expect_at(16, 6, 0);

  buffer.set_first_mark(0);
  expect_at(3, 0, 0);
  expect_at(16, 0, 0);
}

TEST(BackoffTest, DoublesFromASecondToAMinute) {
  Backoff backoff;
  EXPECT_TRUE(backoff.is_over(0));

  for (const std::int64_t seconds : {1, 2, 4, 8, 16, 32, 60, 60}) {
    backoff.fail(0);
    EXPECT_EQ(backoff.delay_ns(), seconds * 1'000'000'000);
    EXPECT_FALSE(backoff.is_over(seconds * 1'000'000'000 - 1));
    EXPECT_TRUE(backoff.is_over(seconds * 1'000'000'000));
  }
}

TEST(BackoffTest, StartsAgainAfterSuccess) {
  Backoff backoff;
  backoff.fail(0);
  backoff.fail(0);

  backoff.succeed();
  EXPECT_TRUE(backoff.is_over(0));
  backoff.fail(0);

  EXPECT_EQ(backoff.delay_ns(), Backoff::kDelayNsMin);
}

}  // namespace
}  // namespace lathe
