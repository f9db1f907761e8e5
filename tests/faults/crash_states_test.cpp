// SPDX-License-Identifier: MIT
//
// What the fake disk may leave after a power cut: neither more nor less than a real one.

#include "support/crash_states.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>

namespace lathe {
namespace {

class CrashStatesTest : public ::testing::Test {
 protected:
  // All states, each as "name=content name=content".
  std::set<std::string> states(CrashStates which = CrashStates::one_by_one) const {
    std::set<std::string> found;
    for_each_crash_state(files, which, [&](FakeFileSystem& after) {
      std::string state;
      for (const std::string& name : after.names()) {
        std::string content = after.read(name);
        std::replace(content.begin(), content.end(), '\0', '0');
        state += (state.empty() ? "" : " ") + name + "=" + content;
      }
      found.insert(state);
    });
    return found;
  }

  std::unique_ptr<File> open(const std::string& name) {
    return directory->open(name, OpenMode::append_or_create, 0640).file;
  }

  FakeFileSystem files;
  std::unique_ptr<Directory> directory = files.open_directory("").directory;
};

TEST_F(CrashStatesTest, UnsyncedBytesMayBeLostShortZeroedOrWhole) {
  const auto file = open("a");
  ASSERT_FALSE(directory->sync());
  ASSERT_EQ(file->write("ab").written_bytes, 2U);
  ASSERT_FALSE(file->sync_data());
  ASSERT_EQ(file->write("cdef").written_bytes, 4U);
  EXPECT_EQ(states(), (std::set<std::string>{"a=ab", "a=abcd", "a=abcde", "a=abcdef", "a=ab0000"}));
}

TEST_F(CrashStatesTest, BytesAreTornAtSectors) {
  const auto file = open("a");
  ASSERT_FALSE(directory->sync());
  const std::string before(510, 'x');
  ASSERT_EQ(file->write(before).written_bytes, 510U);
  ASSERT_FALSE(file->sync_data());
  ASSERT_EQ(file->write("abcd").written_bytes, 4U);
  const std::set<std::string> found = states();
  EXPECT_TRUE(found.contains("a=" + before + "ab00"));
  EXPECT_TRUE(found.contains("a=" + before + "00cd"));
  EXPECT_FALSE(found.contains("a=" + before + "0bcd"));
}

TEST_F(CrashStatesTest, NamesChangeInOrder) {
  files.put("a", "");
  ASSERT_FALSE(directory->sync());
  ASSERT_FALSE(directory->rename_exclusive("a", "b"));
  ASSERT_FALSE(directory->rename_exclusive("b", "c"));
  EXPECT_EQ(states(), (std::set<std::string>{"a=", "b=", "c="}));
  ASSERT_FALSE(directory->sync());
  EXPECT_EQ(states(), std::set<std::string>{"c="});
}

TEST_F(CrashStatesTest, ASyncedFileMayBringItsOwnNameAndWhatMadeRoomForIt) {
  files.put("old", "");
  files.put("other", "");
  ASSERT_FALSE(directory->sync());
  ASSERT_FALSE(directory->remove("other"));
  ASSERT_FALSE(directory->rename_exclusive("old", "older"));
  const auto file = open("old");
  EXPECT_FALSE(states().contains("old= older= other=")) << "it was not synced";
  ASSERT_FALSE(file->sync_data());
  EXPECT_TRUE(states().contains("old= older= other="));
  ASSERT_FALSE(directory->remove("old"));
  EXPECT_TRUE(states().contains("old= older= other=")) << "as it was when it was synced";
}

TEST_F(CrashStatesTest, WhatAFailedSyncHasLostNoLaterSyncBringsBack) {
  const auto first = open("a");
  ASSERT_FALSE(directory->sync());
  ASSERT_EQ(first->write("ab").written_bytes, 2U);
  files.fail(Call::sync_data, 1, std::errc::io_error);
  ASSERT_TRUE(first->sync_data());
  const auto second = open("a");
  ASSERT_EQ(second->write("cd").written_bytes, 2U);
  ASSERT_FALSE(second->sync_data());
  EXPECT_EQ(files.read("a"), "abcd") << "it is still in memory";
  EXPECT_EQ(files.read_durable("a"), std::string("\0\0cd", 4));
  EXPECT_EQ(states(), (std::set<std::string>{"a=00cd", "a=abcd"}));
}

TEST_F(CrashStatesTest, AllCombinesWhatOneByOneDoesNot) {
  const auto a = open("a");
  const auto b = open("b");
  ASSERT_FALSE(directory->sync());
  ASSERT_EQ(a->write("aaaa").written_bytes, 4U);
  ASSERT_EQ(b->write("bbbb").written_bytes, 4U);
  EXPECT_EQ(states(CrashStates::extremes), (std::set<std::string>{"a= b=", "a=aaaa b=bbbb"}));
  EXPECT_TRUE(states().contains("a=aa b=bbbb"));
  EXPECT_FALSE(states().contains("a=aa b=bb"));
  EXPECT_TRUE(states(CrashStates::all).contains("a=aa b=bb"));
  EXPECT_EQ(states(CrashStates::all).size(), 25U);
}

TEST_F(CrashStatesTest, ACopyIsTheSameAndItsOwn) {
  const auto a = open("a");
  ASSERT_EQ(a->write("x").written_bytes, 1U);
  const FakeFileSystem copy = copy_of(files);
  const FakeFileSystem sent = from_bytes(to_bytes(files));
  EXPECT_EQ(fingerprint(copy), fingerprint(files));
  EXPECT_EQ(fingerprint(sent), fingerprint(files));
  ASSERT_EQ(a->write("y").written_bytes, 1U);
  EXPECT_EQ(copy.read("a"), "x");
  EXPECT_EQ(sent.read("a"), "x");
}

}  // namespace
}  // namespace lathe
