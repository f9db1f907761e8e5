// SPDX-License-Identifier: MIT
//
// RotatingFileSink on real files.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "os/posix_file_system.hpp"
#include "rotating_file_fixture.hpp"
#include "support/temp_dir.hpp"

namespace lathe {
namespace {

class RotatingFileSinkOsTest : public ::testing::Test {
 protected:
  RotatingFileOptions options() const {
    RotatingFileOptions result = plain_options();
    result.path = dir / "app.log";
    return result;
  }

  std::string refusal() {
    try {
      RotatingFileSink opened(options(), file_system, system_clock());
      return "";
    } catch (const std::system_error& error) {
      return error.what();
    }
  }

  TempDir dir;
  PosixFileSystem file_system;
  InlineSinkHost host;
};

TEST_F(RotatingFileSinkOsTest, KeepsEveryRecordInOrderThroughManyRotations) {
  constexpr int kRecords = 20'000;
  RotatingFileOptions limited = options();
  limited.rotation.size_bytes_max = 4096;
  limited.sync.on_rotate = true;
  std::string want;
  std::uint64_t rotations = 0;
  {
    RotatingFileSink sink(limited, file_system, system_clock());
    sink.attach(host);
    for (int i = 0; i < kRecords; ++i) {
      const std::string text = "record " + std::to_string(i);
      const Record record = make_record(text);
      ASSERT_FALSE(sink.write({&record, 1}));
      want += text + "\n";
    }
    ASSERT_FALSE(sink.flush());
    rotations = sink.stats().rotations;
    EXPECT_EQ(sink.stats().rotation_errors, 0U);
  }

  std::vector<BackupName> backups;
  for (const auto& entry : std::filesystem::directory_iterator(dir.path())) {
    const auto parsed = parse_backup_name("app.log", entry.path().filename().string());
    if (parsed) backups.push_back(*parsed);
  }
  std::sort(backups.begin(), backups.end());
  std::string text;
  for (const BackupName& backup : backups) {
    const std::string file = dir.read(make_backup_name("app.log", backup));
    EXPECT_LE(file.size(), 4096U);
    text += file;
  }
  text += dir.read("app.log");
  EXPECT_EQ(backups.size(), rotations);
  EXPECT_GT(rotations, 50U);
  EXPECT_EQ(text, want);
  EXPECT_FALSE(std::filesystem::exists(dir / ".app.log.next"));
}

TEST_F(RotatingFileSinkOsTest, RefusesLinksPipesAndDirectoriesByTheirNames) {
  ASSERT_EQ(::symlink("/etc/hostname", (dir / "app.log").c_str()), 0);
  EXPECT_NE(refusal().find("is a symbolic link"), std::string::npos);
  ASSERT_EQ(::unlink((dir / "app.log").c_str()), 0);

  ASSERT_EQ(::mkfifo((dir / "app.log").c_str(), 0600), 0);
  EXPECT_NE(refusal().find("is a FIFO"), std::string::npos);
  ASSERT_EQ(::unlink((dir / "app.log").c_str()), 0);

  ASSERT_EQ(::mkdir((dir / "app.log").c_str(), 0700), 0);
  EXPECT_NE(refusal().find("is a directory"), std::string::npos);
  ASSERT_EQ(::rmdir((dir / "app.log").c_str()), 0);

  EXPECT_EQ(refusal(), "");
}

TEST_F(RotatingFileSinkOsTest, NamesTheProcessThatUsesThePath) {
  const RotatingFileSink first(options(), file_system, system_clock());

  const std::string why = refusal();

  EXPECT_NE(why.find("app.log is in use by process " + std::to_string(::getpid())),
            std::string::npos)
      << why;
}

TEST_F(RotatingFileSinkOsTest, MakesFilesWithTheAskedPermissions) {
  const mode_t before = ::umask(022);
  RotatingFileOptions strict = options();
  strict.file_mode = 0600;
  const RotatingFileSink sink(strict, file_system, system_clock());
  (void)::umask(before);

  struct stat status {};
  ASSERT_EQ(::stat((dir / "app.log").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

// A program that closes descriptors which are not its own, and opens others under their numbers.
TEST_F(RotatingFileSinkOsTest, LeavesADescriptorAloneThatHasBecomeSomebodyElses) {
  FakeClock clock;
  RotatingFileSink sink(options(), file_system, clock);
  sink.attach(host);
  const auto log = [&](const char* text) {
    const Record record = make_record(text);
    EXPECT_FALSE(sink.write({&record, 1}));
    EXPECT_FALSE(sink.flush());
  };
  log("one");
  struct stat ours {};
  ASSERT_EQ(::stat((dir / "app.log").c_str(), &ours), 0);
  int number = 0;
  for (struct stat each{}; ::fstat(number, &each) != 0 || each.st_ino != ours.st_ino; ++number) {
  }
  dir.write("theirs", "");
  const int theirs = ::open((dir / "theirs").c_str(), O_RDWR);
  ASSERT_EQ(::dup2(theirs, number), number);
  ASSERT_EQ(::close(theirs), 0);

  clock.advance(2s);
  sink.tick();
  log("two");

  EXPECT_EQ(dir.read("theirs"), "");
  EXPECT_TRUE(dir.read("app.log").ends_with("two\n"));
  EXPECT_EQ(::close(number), 0) << "still theirs";
}

// The kernel would take what fits of a line, and nothing more of it for ever.
TEST_F(RotatingFileSinkOsTest, TearsNoLineAtALimitOfFileSizes) {
  constexpr int kRecords = 100;
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{.rlim_cur = 1000, .rlim_max = before.rlim_max};
  const auto previous = ::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  std::error_code error;
  {
    RotatingFileSink sink(options(), file_system, system_clock());
    sink.attach(host);
    for (int i = 0; i < kRecords && !error; ++i) {
      const std::string text = "a record of thirty-one bytes " + std::to_string(i % 10);
      const Record record = make_record(text);
      error = sink.write({&record, 1});
      if (!error) error = sink.flush();
    }
  }
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  (void)::signal(SIGXFSZ, previous);

  EXPECT_FALSE(error) << error.message();
  int lines = 0;
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir.path())) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("app.log")) continue;
    const std::string text = dir.read(name);
    lines += static_cast<int>(std::count(text.begin(), text.end(), '\n'));
    ++files;
    EXPECT_TRUE(text.ends_with('\n')) << name << ": " << text;
    EXPECT_LE(text.size(), 1000U) << name;
  }
  EXPECT_EQ(lines, kRecords);
  EXPECT_GT(files, kRecords * 31 / 1000);
}

}  // namespace
}  // namespace lathe
