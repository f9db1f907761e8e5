// SPDX-License-Identifier: MIT
//
// What PosixFileSystem does beyond opening, renaming and listing: attributes, blocks, links,
// leases, locks that are taken again and again.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <string>

#include "os/descriptor.hpp"
#include "os/posix_file_system.hpp"
#include "support/temp_dir.hpp"

namespace lathe {
namespace {

constexpr unsigned kFileMode = 0640;

class PosixFileTest : public ::testing::Test {
 protected:
  PosixFileTest() : directory(file_system.open_directory(dir.path()).directory) {}

  std::unique_ptr<File> open(const std::string& name) {
    OpenResult opened = directory->open(name, OpenMode::append_or_create, kFileMode);
    EXPECT_FALSE(opened.error) << opened.error.message();
    return std::move(opened.file);
  }

  std::unique_ptr<LockFile> open_lock(const std::string& name) {
    LockFileResult opened = directory->open_lock(name, kFileMode);
    EXPECT_FALSE(opened.error) << opened.error.message();
    return std::move(opened.file);
  }

  [[nodiscard]] std::int64_t blocks(const std::string& name) const {
    struct stat found {};
    EXPECT_EQ(::stat((dir / name).c_str(), &found), 0);
    return found.st_blocks;
  }

  TempDir dir;
  PosixFileSystem file_system;
  std::unique_ptr<Directory> directory;
};

TEST_F(PosixFileTest, ReadsASourceFromAGivenByte) {
  dir.write("a", "0123456789");
  const auto source = directory->open_source("a").file;
  ASSERT_NE(source, nullptr);
  std::array<char, 4> part{};
  EXPECT_FALSE(source->skip_to(7));
  EXPECT_EQ(source->read(part).read_bytes, 3U);
  EXPECT_EQ(std::string_view(part.data(), 3), "789");
  EXPECT_FALSE(source->skip_to(20));
  EXPECT_EQ(source->read(part).read_bytes, 0U);
  EXPECT_TRUE(source->skip_to(UINT64_MAX));
}

TEST_F(PosixFileTest, DoesNotCloseWhatItHasForgotten) {
  auto file = open("a");
  EXPECT_FALSE(file->sync_data());
  struct stat before {};
  ASSERT_EQ(::stat((dir / "a").c_str(), &before), 0);

  file->forget();
  EXPECT_EQ(file->sync_data(), std::errc::bad_file_descriptor);
  EXPECT_EQ(file->write("x").error, std::errc::bad_file_descriptor);
  EXPECT_EQ(file->close(), std::errc::bad_file_descriptor);
  file.reset();

  int found = -1;
  for (int number = 0; number < 100; ++number) {
    struct stat open_file {};
    if (::fstat(number, &open_file) == 0 && open_file.st_ino == before.st_ino) found = number;
  }
  ASSERT_GE(found, 0) << "still open";
  EXPECT_EQ(::close(found), 0);
}

TEST_F(PosixFileTest, ReadsASourceToItsEnd) {
  dir.write("a", "0123456789");
  const auto source = directory->open_source("a").file;
  ASSERT_NE(source, nullptr);
  EXPECT_EQ(source->status().status.size_bytes, 10U);

  std::array<char, 7> part{};
  std::string text;
  for (;;) {
    const ReadResult result = source->read(part);
    ASSERT_FALSE(result.error);
    if (result.read_bytes == 0) break;
    text.append(part.data(), result.read_bytes);
  }

  EXPECT_EQ(text, "0123456789");
}

TEST_F(PosixFileTest, ReadsRegularFilesOnly) {
  ASSERT_EQ(::mkfifo((dir / "fifo").c_str(), 0600), 0);
  ASSERT_EQ(::symlink("fifo", (dir / "link").c_str()), 0);

  EXPECT_EQ(directory->open_source("fifo").error, std::errc::invalid_argument);
  EXPECT_EQ(directory->open_source("link").error, std::errc::too_many_symbolic_link_levels);
  EXPECT_EQ(directory->open_source("missing").error, std::errc::no_such_file_or_directory);
}

TEST_F(PosixFileTest, TakesBlocksWithoutChangingTheSizeAndGivesThemBack) {
  constexpr std::uint64_t kBytes = 1024 * 1024;
  constexpr std::int64_t kStatBlockBytes = 512;
  const auto file = open("a");
  ASSERT_EQ(file->write("text").written_bytes, 4U);
  const std::error_code error = file->preallocate(kBytes);
  if (error == std::errc::not_supported) GTEST_SKIP() << "not on this file system";
  ASSERT_FALSE(error) << error.message();

  EXPECT_EQ(file->status().status.size_bytes, 4U);
  EXPECT_GE(blocks("a") * kStatBlockBytes, static_cast<std::int64_t>(kBytes));
  ASSERT_EQ(file->write(" and more").written_bytes, 9U);

  EXPECT_FALSE(file->release_preallocated());
  EXPECT_LT(blocks("a") * kStatBlockBytes, static_cast<std::int64_t>(kBytes));
  EXPECT_EQ(dir.read("a"), "text and more");
}

TEST_F(PosixFileTest, RefusesMoreBlocksThanAFileCanHave) {
  EXPECT_EQ(open("a")->preallocate(UINT64_MAX), std::errc::file_too_large);
  EXPECT_FALSE(open("a")->preallocate(0));
}

TEST_F(PosixFileTest, AdoptsPermissionsAndTime) {
  const auto file = open("a");
  FileStatus wanted = file->status().status;
  wanted.permissions = 0604;
  for (const std::int64_t time_ns : {1'234'567'890'123'456'789, std::int64_t{0}, -1'500'000'001L}) {
    wanted.modified_ns = time_ns;
    ASSERT_FALSE(file->adopt_attributes(wanted));

    const FileStatus found = directory->status("a").status;
    EXPECT_EQ(found.permissions, 0604U);
    EXPECT_EQ(found.modified_ns, time_ns);
  }
}

TEST_F(PosixFileTest, AdoptsOwnerAndGroupAsRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  const auto file = open("a");
  FileStatus wanted = file->status().status;
  wanted.user = 12'345;
  wanted.group = 23'456;
  wanted.permissions = 04750;

  ASSERT_FALSE(file->adopt_attributes(wanted));

  const FileStatus found = directory->status("a").status;
  EXPECT_EQ(found.user, 12'345U);
  EXPECT_EQ(found.group, 23'456U);
  EXPECT_EQ(found.permissions, 04750U);
}

// A child that has no right to give files away. It reports by its exit status.
TEST_F(PosixFileTest, OpensNothingToAGroupThatIsNotTheOldOne) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to stop being it";
  const auto file = open("a");
  FileStatus wanted = file->status().status;
  constexpr uid_t kNobody = 65'534;
  ASSERT_EQ(::chown((dir / "a").c_str(), kNobody, kNobody), 0);
  wanted.user = 12'345;
  wanted.group = 23'456;
  wanted.permissions = 06764;

  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const bool is_nobody = ::setgid(kNobody) == 0 && ::setuid(kNobody) == 0;
    ::_exit(is_nobody && !file->adopt_attributes(wanted) ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);

  const FileStatus found = directory->status("a").status;
  EXPECT_EQ(found.user, kNobody);
  EXPECT_EQ(found.group, kNobody);
  EXPECT_EQ(found.permissions, 0744U);
}

TEST_F(PosixFileTest, TellsPermissionsOwnerAndTime) {
  const auto file = open("a");
  struct stat wanted {};
  ASSERT_EQ(::chmod((dir / "a").c_str(), 0600), 0);
  ASSERT_EQ(::stat((dir / "a").c_str(), &wanted), 0);

  for (const FileStatus& found : {directory->status("a").status, file->status().status}) {
    EXPECT_EQ(found.permissions, 0600U);
    EXPECT_EQ(found.user, ::geteuid());
    EXPECT_EQ(found.group, wanted.st_gid);
    EXPECT_EQ(found.modified_ns, wanted.st_mtim.tv_sec * 1'000'000'000 + wanted.st_mtim.tv_nsec);
  }
}

TEST_F(PosixFileTest, PutsASymlinkInPlaceOfAnother) {
  for (const char* target : {"first", "second", "second"}) {
    ASSERT_FALSE(directory->put_symlink("latest", target));
    EXPECT_EQ(std::filesystem::read_symlink(dir / "latest"), target);
  }
  EXPECT_EQ(directory->list().names, (std::vector<std::string>{"latest"}));
}

TEST_F(PosixFileTest, PutsASymlinkInPlaceOfNothingElse) {
  dir.write("file", "kept");
  ASSERT_EQ(::mkdir((dir / "directory").c_str(), 0700), 0);

  EXPECT_EQ(directory->put_symlink("file", "target"), std::errc::file_exists);
  EXPECT_EQ(directory->put_symlink("directory", "target"), std::errc::file_exists);

  EXPECT_EQ(dir.read("file"), "kept");
  EXPECT_EQ(directory->status("directory").status.kind, FileKind::directory);
}

TEST_F(PosixFileTest, PutsASymlinkAfterACrashHalfWay) {
  ASSERT_EQ(::symlink("old", (dir / "latest").c_str()), 0);
  ASSERT_EQ(::symlink("newer", (dir / ".latest.new").c_str()), 0);

  EXPECT_FALSE(directory->put_symlink("latest", "newest"));

  EXPECT_EQ(std::filesystem::read_symlink(dir / "latest"), "newest");
  EXPECT_EQ(directory->list().names, (std::vector<std::string>{"latest"}));
}

TEST_F(PosixFileTest, LeavesAForeignFileUnderTheTemporaryNameAlone) {
  ASSERT_EQ(::symlink("old", (dir / "latest").c_str()), 0);
  dir.write(".latest.new", "kept");

  EXPECT_EQ(directory->put_symlink("latest", "newest"), std::errc::file_exists);

  EXPECT_EQ(std::filesystem::read_symlink(dir / "latest"), "old");
  EXPECT_EQ(dir.read(".latest.new"), "kept");
}

TEST_F(PosixFileTest, SeesThatAFileIsOpenSomewhere) {
  dir.write("a", "x");
  {
    const Descriptor lease(::open((dir / "a").c_str(), O_RDONLY | O_CLOEXEC));
    if (::fcntl(lease.number(), F_SETLEASE, F_WRLCK) != 0) GTEST_SKIP() << "no leases here";
  }
  EXPECT_FALSE(directory->is_open_somewhere("a"));
  for (const int mode : {O_RDONLY, O_WRONLY, O_RDWR}) {
    Descriptor opened(::open((dir / "a").c_str(), mode | O_CLOEXEC));
    EXPECT_TRUE(directory->is_open_somewhere("a")) << mode;
    ASSERT_FALSE(opened.close());
    EXPECT_FALSE(directory->is_open_somewhere("a")) << mode;
  }
  EXPECT_FALSE(directory->is_open_somewhere("missing"));
}

TEST_F(PosixFileTest, LeavesNoLeaseBehind) {
  dir.write("a", "x");
  EXPECT_FALSE(directory->is_open_somewhere("a"));

  // With a lease on it, this would fail.
  const Descriptor writer(::open((dir / "a").c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  EXPECT_TRUE(writer.is_open());
}

TEST_F(PosixFileTest, TellsTheFreeBytesOfItsFileSystem) {
  struct statvfs found {};
  ASSERT_EQ(::statvfs(dir.path().c_str(), &found), 0);
  const auto free = directory->free_bytes();
  ASSERT_TRUE(free.has_value());
  EXPECT_LE(*free, found.f_blocks * found.f_frsize);
  EXPECT_EQ(*free % found.f_frsize, 0U);
}

TEST_F(PosixFileTest, LocksAgainAndAgain) {
  const auto first = open_lock(".lock");
  const auto second = open_lock(".lock");
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(first->acquire(true));
    EXPECT_FALSE(first->acquire(false));  // has it
    EXPECT_EQ(second->acquire(false), std::errc::device_or_resource_busy);
    first->release();
    first->release();
    EXPECT_FALSE(second->acquire(false));
    second->release();
  }
}

TEST_F(PosixFileTest, WaitsForALockThatAnotherProcessHolds) {
  const auto ours = open_lock(".lock");
  ASSERT_FALSE(ours->acquire(false));
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto theirs = directory->open_lock(".lock", kFileMode).file;
    const bool is_refused = theirs->acquire(false) == std::errc::device_or_resource_busy;
    const bool told = ::write(pipe[1], "r", 1) == 1;
    std::error_code error = std::make_error_code(std::errc::device_or_resource_busy);
    while (error == std::errc::device_or_resource_busy) error = theirs->acquire(true);
    ::_exit(is_refused && told && !error ? 0 : 1);
  }
  char answer = 0;
  ASSERT_EQ(::read(pipe[0], &answer, 1), 1);

  ours->release();

  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(::close(pipe[0]) + ::close(pipe[1]), 0);
}

TEST_F(PosixFileTest, SharesALockAmongThoseWhoShareIt) {
  const LockResult first = directory->lock(".lock", kFileMode, LockKind::shared);
  LockResult second = directory->lock(".lock", kFileMode, LockKind::shared);
  EXPECT_NE(first.lock, nullptr);
  EXPECT_NE(second.lock, nullptr);
  EXPECT_EQ(directory->lock(".lock", kFileMode).error, std::errc::device_or_resource_busy);
  EXPECT_EQ(dir.read(".lock"), "");

  second.lock.reset();
  EXPECT_EQ(directory->lock(".lock", kFileMode).error, std::errc::device_or_resource_busy);
}

TEST_F(PosixFileTest, MakesADirectoryWithItsPermissions) {
  ASSERT_FALSE(file_system.make_directory(dir / "private", 0700));
  EXPECT_EQ(directory->status("private").status.permissions, 0700U);
}

}  // namespace
}  // namespace lathe
