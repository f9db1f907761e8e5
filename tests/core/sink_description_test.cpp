// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <vector>

#include "core/sink_description.hpp"

namespace lathe {
namespace {

SinkDescription example() {
  return {.path = "/var/log/app.log",
          .pattern = "{time} {message}",
          .line_end = "\n",
          .process_id = 77,
          .time_zone = TimeZone::local,
          .level_min = Level::warn,
          .escape = false,
          .is_shared = true};
}

TEST(SinkDescriptionTest, ComesBackAsItWas) {
  EXPECT_EQ(decode_description(encode(example())), example());
  SinkDescription other = example();
  other.line_end = "";
  other.pattern = std::string("\0\xff", 2);
  other.time_zone = TimeZone::utc;
  other.level_min = Level::off;
  other.is_shared = false;
  EXPECT_EQ(decode_description(encode(other)), other);
}

TEST(SinkDescriptionTest, IsRefusedWhereItIsTooShortOrTooLong) {
  std::vector<std::byte> bytes = encode(example());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_description(std::span(bytes).first(size))) << size;
  }
  bytes.push_back(std::byte{0});
  EXPECT_FALSE(decode_description(bytes));
}

TEST(SinkDescriptionTest, IsRefusedWhereAValueHasNoMeaning) {
  const std::vector<std::byte> bytes = encode(example());
  for (std::size_t back = 1; back <= 4; ++back) {  // time zone, level, escape, shared
    std::vector<std::byte> damaged = bytes;
    damaged[damaged.size() - back] = std::byte{200};
    EXPECT_FALSE(decode_description(damaged)) << back;
  }
  SinkDescription nameless = example();
  nameless.path.clear();
  EXPECT_FALSE(decode_description(encode(nameless)));
}

}  // namespace
}  // namespace lathe
