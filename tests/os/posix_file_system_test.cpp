// SPDX-License-Identifier: MIT

#include "os/posix_file_system.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "os/descriptor.hpp"
#include "support/temp_dir.hpp"

namespace lathe {
namespace {

constexpr unsigned kPermissions = 0640;

class PosixFileSystemTest : public ::testing::Test {
 protected:
  PosixFileSystemTest() : directory(file_system.open_directory(dir.path()).directory) {}

  std::unique_ptr<File> open(const std::string& name, OpenMode mode = OpenMode::append_or_create) {
    OpenResult opened = directory->open(name, mode, kPermissions);
    EXPECT_FALSE(opened.error) << opened.error.message();
    return std::move(opened.file);
  }

  std::error_code open_error(const std::string& name) {
    return directory->open(name, OpenMode::append_or_create, kPermissions).error;
  }

  TempDir dir;
  PosixFileSystem file_system;
  std::unique_ptr<Directory> directory;
};

TEST_F(PosixFileSystemTest, AppendsWhateverOthersHaveWritten) {
  dir.write("a", "one ");
  const auto file = open("a");
  EXPECT_EQ(file->write("two ").written_bytes, 4U);
  dir.write("a", "");  // truncates
  EXPECT_EQ(file->write("three").written_bytes, 5U);

  EXPECT_EQ(dir.read("a"), "three");
}

TEST_F(PosixFileSystemTest, MakesANewFileOnlyWhereNothingHasItsName) {
  ASSERT_EQ(::symlink("nowhere", (dir / "link").c_str()), 0);
  EXPECT_NE(open("a", OpenMode::create_new), nullptr);

  for (const char* name : {"a", "link"}) {
    EXPECT_EQ(directory->open(name, OpenMode::create_new, kPermissions).error,
              std::errc::file_exists);
  }
}

TEST_F(PosixFileSystemTest, OpensRegularFilesOnly) {
  dir.write("target", "");
  ASSERT_EQ(::symlink("target", (dir / "link").c_str()), 0);
  ASSERT_EQ(::mkfifo((dir / "fifo").c_str(), 0600), 0);
  ASSERT_EQ(::mkdir((dir / "directory").c_str(), 0700), 0);

  EXPECT_EQ(open_error("link"), std::errc::too_many_symbolic_link_levels);
  EXPECT_EQ(open_error("fifo"), std::errc::no_such_device_or_address);
  EXPECT_EQ(open_error("directory"), std::errc::is_a_directory);

  const int reader = ::open((dir / "fifo").c_str(), O_RDONLY | O_NONBLOCK);
  ASSERT_GE(reader, 0);
  EXPECT_EQ(open_error("fifo"), std::errc::invalid_argument);
  EXPECT_EQ(::close(reader), 0);
}

TEST_F(PosixFileSystemTest, ClosesItsFilesOnExec) {
  const auto file = open("a");
  int with_flag = 0;
  int without_flag = 0;
  for (int number = 3; number < 64; ++number) {
    const int flags = ::fcntl(number, F_GETFD);
    if (flags < 0) continue;
    struct stat status {};
    ASSERT_EQ(::fstat(number, &status), 0);
    if (!S_ISREG(status.st_mode) || status.st_ino != file->status().status.inode) continue;
    (flags & FD_CLOEXEC) != 0 ? ++with_flag : ++without_flag;
  }
  EXPECT_EQ(with_flag, 1);
  EXPECT_EQ(without_flag, 0);
}

TEST_F(PosixFileSystemTest, RenamesWithoutReplacing) {
  dir.write("a", "a");
  dir.write("b", "b");

  EXPECT_EQ(directory->rename_exclusive("a", "b"), std::errc::file_exists);
  EXPECT_FALSE(directory->rename_exclusive("a", "c"));
  EXPECT_EQ(directory->rename_exclusive("a", "d"), std::errc::no_such_file_or_directory);

  EXPECT_EQ(dir.read("b"), "b");
  EXPECT_EQ(dir.read("c"), "a");
}

TEST_F(PosixFileSystemTest, StaysInADirectoryThatIsMoved) {
  ASSERT_FALSE(file_system.make_directory(dir / "before"));
  const auto held = file_system.open_directory(dir / "before").directory;
  std::filesystem::rename(dir / "before", dir / "after");

  EXPECT_NE(held->open("a", OpenMode::create_new, kPermissions).file, nullptr);

  EXPECT_TRUE(std::filesystem::exists(dir / "after/a"));
}

TEST_F(PosixFileSystemTest, ListsNamesTwiceOver) {
  dir.write("a", "");
  dir.write("b", "");
  for (int i = 0; i < 2; ++i) {
    ListResult listed = directory->list();
    std::sort(listed.names.begin(), listed.names.end());
    EXPECT_FALSE(listed.error);
    EXPECT_EQ(listed.names, (std::vector<std::string>{"a", "b"}));
  }
}

TEST_F(PosixFileSystemTest, TellsKindSizeAndNames) {
  dir.write("a", "four");
  ASSERT_EQ(::symlink("a", (dir / "link").c_str()), 0);
  ASSERT_EQ(::link((dir / "a").c_str(), (dir / "second").c_str()), 0);

  const FileStatus status = directory->status("a").status;
  EXPECT_EQ(status.kind, FileKind::regular);
  EXPECT_EQ(status.size_bytes, 4U);
  EXPECT_EQ(status.links, 2U);
  EXPECT_TRUE(status.is_same_file(directory->status("second").status));
  EXPECT_FALSE(status.is_same_file(directory->status("link").status));
  EXPECT_EQ(directory->status("link").status.kind, FileKind::symlink);
  EXPECT_EQ(directory->status("missing").error, std::errc::no_such_file_or_directory);
}

TEST_F(PosixFileSystemTest, TellsThatAnOpenFileWasDeleted) {
  const auto file = open("a");
  EXPECT_EQ(file->status().status.links, 1U);

  EXPECT_FALSE(directory->remove("a"));

  EXPECT_EQ(file->status().status.links, 0U);
  EXPECT_EQ(directory->remove("a"), std::errc::no_such_file_or_directory);
}

TEST_F(PosixFileSystemTest, SyncsFilesAndNames) {
  const auto file = open("a");
  EXPECT_EQ(file->write("x").written_bytes, 1U);

  EXPECT_FALSE(file->sync_data());
  EXPECT_FALSE(directory->sync());
}

TEST_F(PosixFileSystemTest, ClosesOnceAndRemembersItsLastSync) {
  const auto synced = open("a");
  EXPECT_FALSE(synced->sync_data());
  EXPECT_FALSE(synced->close());
  EXPECT_EQ(synced->close(), std::errc::bad_file_descriptor);
  EXPECT_FALSE(synced->sync_data());

  const auto unsynced = open("b");
  EXPECT_FALSE(unsynced->close());
  EXPECT_EQ(unsynced->sync_data(), std::errc::bad_file_descriptor);
}

// The one way to make fdatasync fail here: take its descriptor away, and give it back.
TEST_F(PosixFileSystemTest, ReturnsTheFirstFailedSyncForEver) {
  const Descriptor spare(::open((dir / "a").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  const auto file = open("a");
  const FileStatus wanted = file->status().status;
  int number = spare.number() + 1;
  struct stat status {};
  while (::fstat(number, &status) != 0 || status.st_ino != wanted.inode) ASSERT_LT(++number, 64);

  ASSERT_EQ(::close(number), 0);
  EXPECT_EQ(file->sync_data(), std::errc::bad_file_descriptor);
  ASSERT_EQ(::dup2(spare.number(), number), number);
  EXPECT_EQ(::fdatasync(number), 0);

  EXPECT_EQ(file->sync_data(), std::errc::bad_file_descriptor);
}

TEST_F(PosixFileSystemTest, LocksOnceAndNamesTheOwner) {
  LockResult first = directory->lock(".lock", kPermissions);
  ASSERT_NE(first.lock, nullptr);

  const LockResult second = directory->lock(".lock", kPermissions);
  EXPECT_EQ(second.error, std::errc::device_or_resource_busy);
  EXPECT_EQ(second.owner_process, static_cast<std::uint32_t>(::getpid()));
  EXPECT_EQ(dir.read(".lock"), std::to_string(::getpid()) + "\n");

  first.lock.reset();
  EXPECT_NE(directory->lock(".lock", kPermissions).lock, nullptr);
}

TEST_F(PosixFileSystemTest, WritesShortAtTheLimitOfAFilesSize) {
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto previous = ::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit small { .rlim_cur = 10, .rlim_max = before.rlim_max };
  const auto file = open("a");

  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const WriteResult first = file->write("12345678901234567890");
  const WriteResult second = file->write("x");
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  (void)::signal(SIGXFSZ, previous);

  EXPECT_EQ(first.written_bytes, 10U);
  EXPECT_FALSE(first.error);
  EXPECT_EQ(second.error, std::errc::file_too_large);
}

TEST_F(PosixFileSystemTest, TellsWhyADirectoryCannotBeHad) {
  dir.write("file", "");

  EXPECT_EQ(file_system.open_directory(dir / "missing").error,
            std::errc::no_such_file_or_directory);
  EXPECT_EQ(file_system.open_directory(dir / "file").error, std::errc::not_a_directory);
  EXPECT_EQ(file_system.make_directory(dir / "missing/deep"), std::errc::no_such_file_or_directory);
  EXPECT_EQ(file_system.make_directory(dir / "file"), std::errc::file_exists);
}

TEST_F(PosixFileSystemTest, ADescriptorClosesItsNumberOnce) {
  Descriptor first(::open(dir.path().c_str(), O_RDONLY | O_CLOEXEC));
  const int number = first.number();
  Descriptor second(std::move(first));

  EXPECT_FALSE(first.is_open());  // NOLINT: looking at what was moved from is the test
  EXPECT_EQ(second.number(), number);
  EXPECT_FALSE(second.close());
  EXPECT_EQ(second.close(), std::errc::bad_file_descriptor);
  EXPECT_EQ(::fcntl(number, F_GETFD), -1);
}

TEST_F(PosixFileSystemTest, ADescriptorTellsThatItsNumberWasClosed) {
  Descriptor theirs(::open(dir.path().c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(::close(theirs.number()), 0);

  EXPECT_EQ(theirs.close(), std::errc::bad_file_descriptor);
  EXPECT_FALSE(theirs.is_open());
}

}  // namespace
}  // namespace lathe
