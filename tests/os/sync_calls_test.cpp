// SPDX-License-Identifier: MIT
//
// That a sync reaches the kernel, and what becomes of it there: fsync and fdatasync of this program
// are ours, since its own symbols come before the C library's.

#include <errno.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "os/posix_file_system.hpp"
#include "support/temp_dir.hpp"

namespace lathe {
namespace {

struct SyncCall {
  std::string_view name;
  ino_t inode;
};

std::vector<SyncCall> calls;      // in the order in which they came
std::vector<int> errors_to_give;  // the first comes next; 0: none

int note_call(std::string_view name, int descriptor, long number) {
  struct stat found {};
  if (::fstat(descriptor, &found) == 0) calls.push_back({name, found.st_ino});
  if (!errors_to_give.empty()) {
    const int error = errors_to_give.front();
    errors_to_give.erase(errors_to_give.begin());
    errno = error;
    if (error != 0) return -1;
  }
  return static_cast<int>(::syscall(number, descriptor));
}

class SyncCallsTest : public ::testing::Test {
 protected:
  SyncCallsTest() : directory(file_system.open_directory(dir.path()).directory) {
    calls.clear();
    errors_to_give.clear();
  }
  ~SyncCallsTest() override { errors_to_give.clear(); }

  // Of the directory itself, or of a file in it.
  [[nodiscard]] std::ptrdiff_t count(std::string_view name, const std::string& path) const {
    struct stat found {};
    EXPECT_EQ(::stat(path.c_str(), &found), 0);
    return std::count_if(calls.begin(), calls.end(), [&](const SyncCall& call) {
      return call.name == name && call.inode == found.st_ino;
    });
  }

  std::unique_ptr<File> open(const std::string& name) const {
    return directory->open(name, OpenMode::append_or_create, 0640).file;
  }

  TempDir dir;
  PosixFileSystem file_system;
  std::unique_ptr<Directory> directory;
};

TEST_F(SyncCallsTest, AFileIsSyncedByTheKernel) {
  const auto file = open("a");
  EXPECT_FALSE(file->sync_data());
  EXPECT_EQ(count("fdatasync", dir / "a"), 1);
  EXPECT_FALSE(file->sync_data());
  EXPECT_EQ(count("fdatasync", dir / "a"), 2);
}

TEST_F(SyncCallsTest, ADirectoryIsSyncedByTheKernel) {
  EXPECT_FALSE(directory->sync());
  EXPECT_EQ(count("fsync", dir.path()), 1);

  errors_to_give = {EIO};
  EXPECT_EQ(directory->sync(), std::errc::io_error);
}

TEST_F(SyncCallsTest, AFailedSyncIsNeverRepeated) {
  for (const int error : {EIO, ENOSPC, EDQUOT}) {
    calls.clear();
    const auto file = open("a");
    errors_to_give = {error};
    EXPECT_EQ(file->sync_data().value(), error);
    EXPECT_EQ(file->sync_data().value(), error);
    EXPECT_EQ(count("fdatasync", dir / "a"), 1);
  }
}

TEST_F(SyncCallsTest, AnInterruptedOneIs) {
  const auto file = open("a");
  errors_to_give = {EINTR, EINTR};
  EXPECT_FALSE(file->sync_data());
  EXPECT_EQ(count("fdatasync", dir / "a"), 3);

  errors_to_give = {EINTR};
  EXPECT_FALSE(directory->sync());
  EXPECT_EQ(count("fsync", dir.path()), 2);
}

}  // namespace
}  // namespace lathe

extern "C" int fdatasync(int descriptor) {
  return lathe::note_call("fdatasync", descriptor, SYS_fdatasync);
}
extern "C" int fsync(int descriptor) { return lathe::note_call("fsync", descriptor, SYS_fsync); }
