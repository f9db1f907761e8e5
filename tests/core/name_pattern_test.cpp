// SPDX-License-Identifier: MIT
//
// Which patterns of backup names are refused, and what is said about them.

#include <string>

#include <gtest/gtest.h>

#include "core/backup_name.hpp"
#include "core/calendar.hpp"

namespace lathe {
namespace {

using namespace std::string_literals;

// Returns what is said about the options, or "" if they are taken.
std::string refusal(const NamingOptions& options, const std::string& active = "app.log") {
  try {
    static_cast<void>(BackupNames(options, active, local_offset));
    return "";
  } catch (const OptionError& error) {
    EXPECT_TRUE(error.field().starts_with("naming.")) << error.field();
    return error.what();
  }
}

struct NamingCase {
  std::string pattern;
  const char* want;  // a part of what is said
};

TEST(NamePatternTest, SaysWhereAPatternIsWrong) {
  const NamingCase cases[] = {
      {"", "position 0: it is empty"},
      {"{name}", "position 0: two rotations could get one name: there is neither"},
      {"{nam}.{index}", "position 1: no field"},
      {"{}.{index}", "position 1: no field"},
      {"{name}.{index", "position 7: '{' without '}'"},
      {"{name.{index}", "position 0: '{' without '}'"},
      {"{{{index}}}", "position 0: '{' without '}'"},
      {"{index}}", "position 7: '}' without '{'"},
      {"{name:x}.{index}", "position 5: only {time:...} takes a format"},
      {"{index:3}", "position 6: only {time:...} takes a format"},
      {"{index}.{index}", "position 8: {time:...} or {index} may come once"},
      {"{index}.{time:%Y%m%d%H%M%S}", "position 8: {time:...} or {index} may come once"},
      {"{time:%Y%m%d%H%M%S}{time:%Y}", "position 19: {time:...} or {index} may come once"},
      {"a/{index}", "position 1: a backup is in the directory"},
      {"{index}\0"s, "position 7: a name has no zero byte"},
      {"{name}.{time:%Y/%m%d%H%M%S}", "position 15: a backup is in the directory"},
      {"{name}.{time:%Y%m%d%H%M%S\0}"s, "position 25: a name has no zero byte"},
      {"{name}.{time}", "position 8: a format is missing"},
      {"{name}.{time:%Y%m%d%H%M%S%j}", "position 25: no such conversion"},
      {"{name}.{time:%Y%m%d%H%M%S%f}", "position 25: no such conversion"},
      {"{name}.{time:%Y%m%d%H%M%S%3}", "position 25: no such conversion"},
      {"{name}.{time:%Y%m%d%H%M%S%}", "position 25: no such conversion"},
      {"{name}.{time:%Y%m%d%H%M%S%%}", "position 25: no such conversion"},
  };
  for (const NamingCase& c : cases) {
    const std::string text = refusal({.pattern = c.pattern});
    EXPECT_TRUE(text.starts_with("naming.pattern: ")) << c.pattern << " gives: " << text;
    EXPECT_NE(text.find(c.want), std::string::npos) << c.pattern << " gives: " << text;
  }
}

TEST(NamePatternTest, RefusesTimesThatComeTwice) {
  const NamingCase cases[] = {
      {"{time:}", "{time} has no %Y"},           {"{time:%m%d%H%M%S%3f%z}", "{time} has no %Y"},
      {"{time:%Y%d%H%M%S}", "{time} has no %m"}, {"{time:%Y%m%H%M%S}", "{time} has no %d"},
      {"{time:%Y%m%d%M%S}", "{time} has no %H"}, {"{time:%Y%m%d%H%S}", "{time} has no %M"},
      {"{time:%Y%m%d%H%M}", "{time} has no %S"},
  };
  for (const NamingCase& c : cases) {
    const std::string text = refusal({.pattern = c.pattern});
    EXPECT_NE(text.find(c.want), std::string::npos) << c.pattern << " gives: " << text;
  }
}

TEST(NamePatternTest, TakesLocalTimeWithItsOffsetOnly) {
  NamingOptions options = {.time_zone = TimeZone::local};
  EXPECT_NE(refusal(options).find("local time without %z"), std::string::npos);
  options.pattern = "{name}.{time:%Y%m%d_%H%M%S%z}";
  EXPECT_EQ(refusal(options), "");
  options.pattern = "{name}.{index}";  // has no time that could come twice
  EXPECT_EQ(refusal(options), "");
}

TEST(NamePatternTest, RefusesNamesThatOtherFilesHave) {
  const struct {
    const char* pattern;
    const char* active;
    const char* want;
  } cases[] = {
      {"{time:%Y%m%d_%H%M%S}{extension}", "20261122_135033.log", "of the active file"},
      {"{time:%Y%m%d_%H%M%S}{extension}", "20261122_135033.5.log", "of the active file"},
      {"{time:%Y%m%d_%H%M%S}{extension}", "20261122_135033.log.gz", ""},
      {"{time:%Y%m%d_%H%M%S}{extension}", "20261322_135033.log", ""},
      {"{time:%Y%m%d_%H%M%S}", ".20261122_135033.tmp", "of the active file"},
      {"{index}", "1", "of the active file"},
      {"{index}", "1.gz", "of the active file"},
      {"{index}", "0", ""},
      {".{time:%Y%m%d_%H%M%S}.lock", "20261122_135033", "of .20261122_135033.lock"},
      {".{index}.next", "7", "of .7.next"},
      {".{index}.upkeep", "7", "of .7.upkeep"},
      {".{index}.turn", "7", "of .7.turn"},
      {".{index}.turn", "a", ""},
      {"{name}.20261122_135033.{index}", "a", "could be mistaken"},
      {"{name}.{index}_135033", "a", "could be mistaken"},
      {"{name}.20261122_{index}33", "a", "could be mistaken"},
      {".{name}.20261122_135033.{index}.tmp", "a", "could be mistaken"},
      {"{name}.20261122-{index}", "a", ""},
      {".{name}.{time:%Y%m%d_%H%M%S}", "a", ""},
  };
  for (const auto& c : cases) {
    const std::string text = refusal({.pattern = c.pattern}, c.active);
    EXPECT_EQ(text.empty(), std::string(c.want).empty()) << c.pattern << " gives: " << text;
    EXPECT_NE(text.find(c.want), std::string::npos) << c.pattern << " gives: " << text;
  }
}

TEST(NamePatternTest, LeavesRoomForAllThatANameMayGet) {
  const BackupFile longest = {.name = {kBackupStampMsMax, UINT32_MAX}, .packed = Compression::zstd};
  for (const char* const pattern : {"{name}.{time:%Y%m%d_%H%M%S}", "{name}.{index}",
                                    "{name}.{time:%Y-%m-%dT%H-%M-%S.%3f%z}.and.more",
                                    "{stem}.{index}.that.is.longer.than.a.stamp{extension}"}) {
    std::string active = "a";
    while (refusal({.pattern = pattern}, active + "a").empty()) active += 'a';
    EXPECT_GT(active.size(), 100U) << pattern;
    const BackupNames names({.pattern = pattern}, active, {});
    EXPECT_LE(names.make_temporary(longest).size(), kFileNameBytesMax) << pattern;
    const std::string text = refusal({.pattern = pattern}, active + "a");
    EXPECT_NE(text.find("leave no room"), std::string::npos) << text;
    if (!names.is_indexed()) {
      EXPECT_EQ(names.make_temporary(longest).size(), kFileNameBytesMax);
      continue;
    }
    const BackupFile indexed = {.index = UINT32_MAX, .packed = Compression::zstd};
    EXPECT_LE(names.make_temporary(indexed).size(), kFileNameBytesMax) << pattern;
  }
}

TEST(NamePatternTest, RefusesLinksThatAreNoFreeName) {
  const struct {
    std::string link;
    const char* want;
  } cases[] = {
      {"", ""},
      {"app.log.latest", ""},
      {"latest", ""},
      {"app.log.20261122", ""},
      {std::string(250, 'a'), ""},
      {std::string(251, 'a'), "too long"},
      {"app.log", "of the active file"},
      {"./app.log.latest", "plain file name"},
      {"/tmp/latest", "plain file name"},
      {"a/", "plain file name"},
      {".", "plain file name"},
      {"..", "plain file name"},
      {"a\0b"s, "zero byte"},
      {"app.log.20261122_135033", "a backup could get"},
      {"app.log.20261122_135033.1.gz", "a backup could get"},
      {".app.log.20261122_135033.tmp", "a backup could get"},
      {".app.log.lock", "lathe keeps"},
      {".app.log.next", "lathe keeps"},
      {".app.log.upkeep", "lathe keeps"},
      {".app.log.turn", "lathe keeps"},
  };
  for (const auto& c : cases) {
    const std::string text = refusal({.latest_link = c.link});
    EXPECT_EQ(text.empty(), std::string(c.want).empty()) << c.link << " gives: " << text;
    EXPECT_NE(text.find(c.want), std::string::npos) << c.link << " gives: " << text;
    EXPECT_TRUE(text.empty() || text.starts_with("naming.latest_link: ")) << text;
  }
  EXPECT_NE(refusal({.pattern = "{name}.{index}", .latest_link = "app.log.1"}), "");
}

}  // namespace
}  // namespace lathe
