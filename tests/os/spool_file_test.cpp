// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "os/memory.hpp"
#include "os/spool_file.hpp"
#include "support/temp_dir.hpp"

namespace lathe {
namespace {

class SpoolFileTest : public ::testing::Test {
 protected:
  SpoolFile make(const std::string& name) {
    SpoolFile file = SpoolFile::create(dir.path(), name);
    file.publish();
    return file;
  }
  std::error_code open_error(const std::string& name) {
    return SpoolFile::open_dead(dir.path(), name).error;
  }

  TempDir dir;
};

TEST_F(SpoolFileTest, IsBusyAsLongAsItsMakerLives) {
  std::optional<SpoolFile> file(make("lathe-a"));
  EXPECT_EQ(open_error("lathe-a"), std::errc::device_or_resource_busy);
  file.reset();
  EXPECT_FALSE(open_error("lathe-a"));
}

TEST_F(SpoolFileTest, KeepsWhatWasStoredInItsPages) {
  {
    SpoolFile file = make("lathe-a");
    EXPECT_EQ(file.grow(page_bytes()), 0u);
    EXPECT_EQ(file.grow(2 * page_bytes()), page_bytes());
    const SharedPages pages = file.map(page_bytes(), 2 * page_bytes());
    pages.data()[page_bytes() + 3] = std::byte{42};
  }
  const SpoolFile::Opened opened = SpoolFile::open_dead(dir.path(), "lathe-a");
  ASSERT_FALSE(opened.error);
  EXPECT_EQ(opened.file.front().size_bytes(), 3 * page_bytes());
  const SharedPages pages = opened.file.front().map(2 * page_bytes(), page_bytes());
  EXPECT_EQ(pages.data()[3], std::byte{42});
  EXPECT_EQ(pages.data()[4], std::byte{0});
}

TEST_F(SpoolFileTest, IsHiddenUntilItIsPublishedAndGoneIfItNeverIs) {
  {
    SpoolFile file = SpoolFile::create(dir.path(), "lathe-a");
    EXPECT_TRUE(list_spools(dir.path(), "lathe-").names.empty());
    EXPECT_EQ(list_spools(dir.path(), ".lathe-").names.size(), 1u);
  }
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST_F(SpoolFileTest, ReadsZerosWhereItWasPunched) {
  SpoolFile file = make("lathe-a");
  (void)file.grow(page_bytes());
  const SharedPages pages = file.map(0, page_bytes());
  pages.data()[0] = std::byte{1};
  file.punch(0, page_bytes());
  file.refill(0, page_bytes());
  EXPECT_EQ(pages.data()[0], std::byte{0});
}

TEST_F(SpoolFileTest, IsForItsUserAlone) {
  const SpoolFile file = make("lathe-a");
  struct stat status = {};
  ASSERT_EQ(::stat(file.path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0600u);
}

TEST_F(SpoolFileTest, RefusesWhatOthersMayHaveWritten) {
  { const SpoolFile file = make("lathe-a"); }
  ASSERT_EQ(::chmod((dir / "lathe-a").c_str(), 0666), 0);
  EXPECT_EQ(open_error("lathe-a"), std::errc::operation_not_permitted);
  std::filesystem::create_symlink(dir / "lathe-a", dir / "lathe-link");
  EXPECT_EQ(open_error("lathe-link"), std::errc::operation_not_permitted);
  std::filesystem::create_directory(dir / "lathe-dir");
  EXPECT_TRUE(open_error("lathe-dir"));
  EXPECT_EQ(open_error("lathe-none"), std::errc::no_such_file_or_directory);
}

TEST_F(SpoolFileTest, CannotBeMadeTwiceUnderOneName) {
  const SpoolFile file = SpoolFile::create(dir.path(), "lathe-a");
  EXPECT_THROW((void)SpoolFile::create(dir.path(), "lathe-a"), std::system_error);
  EXPECT_THROW((void)SpoolFile::create(dir / "missing", "lathe-a"), std::system_error);
}

// Who recovers takes a hidden spool without a lock for one whose process was killed, and removes
// it: also in the moment between its being made and being locked.
TEST_F(SpoolFileTest, CanBeMadeWhileAnotherProcessRecovers) {
  const std::jthread other([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      for (const std::string& name : list_spools(dir.path(), ".lathe-").names) {
        SpoolFile::Opened opened = SpoolFile::open_dead(dir.path(), name);
        if (!opened.error) (void)opened.file.front().remove();
      }
    }
  });
  for (int i = 0; i < 2000; ++i) {
    SpoolFile file = make("lathe-" + std::to_string(i));
    EXPECT_TRUE(std::filesystem::exists(file.path()));
    EXPECT_FALSE(file.remove());
  }
}

TEST_F(SpoolFileTest, IsGoneWhenItIsRemoved) {
  SpoolFile file = make("lathe-a");
  EXPECT_FALSE(file.remove());
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
  EXPECT_TRUE(file.remove());
}

}  // namespace
}  // namespace lathe
