// SPDX-License-Identifier: MIT
//
// What RotatingFileSink makes of what it finds: refusals, locks, leftovers of a crash.

#include "rotating_file_fixture.hpp"

namespace lathe {
namespace {

class RotatingFileSinkOpenTest : public RotatingFileFixture {
 protected:
  // What opening fails with, or "" if it does not.
  std::string refusal(const RotatingFileOptions& options) {
    try {
      RotatingFileSink opened(options, fs, clock);
      return "";
    } catch (const std::system_error& error) {
      return error.what();
    }
  }

  static bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }
};

TEST_F(RotatingFileSinkOpenTest, MakesTheDirectoryWhenItsParentExists) {
  RotatingFileOptions options = plain_options();
  options.path = "logs/deep/app.log";
  fs.clear_trace();

  open(options);
  EXPECT_FALSE(log("one"));

  EXPECT_EQ(fs.read("logs/deep/app.log"), "one\n");
  EXPECT_EQ(fs.count_in_trace("sync-directory"), 1U);  // of the parent
}

TEST_F(RotatingFileSinkOpenTest, RefusesAPathWhoseDirectoryCannotBeMade) {
  RotatingFileOptions options = plain_options();
  options.path = "missing/deep/app.log";

  const std::string why = refusal(options);

  EXPECT_TRUE(has(why, "missing/deep/app.log")) << why;
  EXPECT_TRUE(has(why, "No such file")) << why;
}

TEST_F(RotatingFileSinkOpenTest, RefusesWhatIsNoRegularFile) {
  struct Case {
    FileKind kind;
    std::string want;
  };
  const std::vector<Case> cases{{FileKind::directory, "is a directory"},
                                {FileKind::symlink, "is a symbolic link"},
                                {FileKind::fifo, "is a FIFO"},
                                {FileKind::other, "is a device or socket"}};
  for (const Case& c : cases) {
    fs.put("logs/app.log", "", c.kind);

    const std::string why = refusal(plain_options());

    EXPECT_TRUE(has(why, "logs/app.log: " + c.want)) << why;
    EXPECT_EQ(fs.open_files(), 0);
  }
}

TEST_F(RotatingFileSinkOpenTest, NamesThePathItCannotWrite) {
  fs.fail(Call::open, 1, std::errc::permission_denied);

  const std::string why = refusal(plain_options());

  EXPECT_TRUE(has(why, "logs/app.log")) << why;
  EXPECT_TRUE(has(why, "Permission denied")) << why;
}

TEST_F(RotatingFileSinkOpenTest, NamesTheProcessThatUsesThePath) {
  open(plain_options());

  const std::string why = refusal(plain_options());

  EXPECT_TRUE(has(why, "logs/app.log is in use by process 1234")) << why;
}

TEST_F(RotatingFileSinkOpenTest, ChecksOptionsBeforeItTouchesTheDisk) {
  RotatingFileOptions bad_pattern = plain_options();
  bad_pattern.pattern = "{nonsense}";
  RotatingFileOptions bad_path = plain_options();
  bad_path.path = "";
  fs.clear_trace();

  EXPECT_THROW(RotatingFileSink(bad_pattern, fs, clock), OptionError);
  EXPECT_THROW(RotatingFileSink(bad_path, fs, clock), OptionError);

  EXPECT_TRUE(fs.trace().empty());
}

TEST_F(RotatingFileSinkOpenTest, GivesTheLockBackWhenItFails) {
  fs.put("logs/app.log", "", FileKind::directory);
  EXPECT_NE(refusal(plain_options()), "");
  fs.erase("logs/app.log");

  EXPECT_EQ(refusal(plain_options()), "");
}

TEST_F(RotatingFileSinkOpenTest, PutsTheNextFileInPlaceAfterACrashBetweenTheRenames) {
  fs.put("logs/app.log.20200101_000000", "old\n");
  fs.put("logs/.app.log.next", "");
  fs.clear_trace();

  open(plain_options());
  EXPECT_EQ(fs.count_in_trace("rename .app.log.next app.log"), 1U);
  EXPECT_FALSE(log("new"));

  EXPECT_EQ(all_text(), "old\nnew\n");
}

TEST_F(RotatingFileSinkOpenTest, RemovesAStaleNextFile) {
  fs.put("logs/app.log", "old\n");
  fs.put("logs/.app.log.next", "");

  const RotatingFileSink opened(plain_options(), fs, clock);

  EXPECT_FALSE(fs.exists("logs/.app.log.next"));
  EXPECT_EQ(active(), "old\n");
}

TEST_F(RotatingFileSinkOpenTest, RotatesOnceMoreWhatAPowerCutHasKeptWithoutItsNames) {
  fs.put("logs/" + make_backup_name("app.log", {.stamp_ms = 0, .sequence = 0}), "oldest\n");
  fs.put("logs/app.log", "old\n");
  fs.put("logs/.app.log.next", "new\n");
  open(plain_options());
  ASSERT_EQ(backups().size(), 2U);
  EXPECT_EQ(fs.read("logs/" + backups()[1]), "old\n");
  EXPECT_EQ(active(), "new\n");
  sink.reset();

  fs.move("logs/app.log", "logs/.app.log.next");  // after the first of the two renames
  open(plain_options());
  EXPECT_EQ(backups().size(), 2U);
  EXPECT_EQ(active(), "new\n");
}

TEST_F(RotatingFileSinkOpenTest, TouchesNothingWhenTheNextFileIsNoFile) {
  fs.put("logs/.app.log.next", "", FileKind::symlink);

  const std::string why = refusal(plain_options());

  EXPECT_TRUE(has(why, "logs/.app.log.next: is a symbolic link")) << why;
  EXPECT_TRUE(fs.exists("logs/.app.log.next"));
}

TEST_F(RotatingFileSinkOpenTest, TakesBackTheSecondNameOfACrashBetweenLinkAndUnlink) {
  fs.put("logs/app.log", "old\n");
  fs.put_link("logs/app.log", "logs/app.log.20200101_000000");

  open(plain_options());
  EXPECT_FALSE(log("new"));

  EXPECT_TRUE(backups().empty());
  EXPECT_EQ(active(), "old\nnew\n");
}

TEST_F(RotatingFileSinkOpenTest, RemovesTheNextFilesNameWhenItIsTheActiveFile) {
  fs.put("logs/app.log", "old\n");
  fs.put_link("logs/app.log", "logs/.app.log.next");

  const RotatingFileSink opened(plain_options(), fs, clock);

  EXPECT_FALSE(fs.exists("logs/.app.log.next"));
  EXPECT_EQ(active(), "old\n");
}

TEST_F(RotatingFileSinkOpenTest, LeavesNothingOpenWhenAnySingleCallFails) {
  fs.put("logs/app.log", "old\n");
  fs.put_link("logs/app.log", "logs/app.log.20200101_000000");
  fs.put("logs/.app.log.next", "");
  RotatingFileOptions options = plain_options();

  for (std::uint64_t nth = 1;; ++nth) {
    const std::uint64_t met = fs.faults_met();
    fs.fail_any(nth, std::errc::io_error);
    const std::string why = refusal(options);
    const bool is_met = fs.faults_met() > met;
    fs.heal();

    EXPECT_EQ(fs.open_files(), 0);
    EXPECT_EQ(active(), "old\n");
    if (!is_met) break;
    ASSERT_LT(nth, 100U);
    EXPECT_TRUE(why.empty() || has(why, "logs/app.log")) << why;  // the close may fail unheard
  }
  EXPECT_EQ(refusal(options), "");
}

TEST_F(RotatingFileSinkOpenTest, RecoversFromACrashAfterAnyCallOfARotation) {
  for (std::uint64_t nth = 1; nth < 40; ++nth) {
    FakeFileSystem disk;
    (void)disk.make_directory("logs");
    RotatingFileOptions options = plain_options();
    options.rotation.size_bytes_max = 100;
    {
      // From the n-th call on the process is as good as dead: nothing reaches the disk any more.
      RotatingFileSink first(options, disk, clock);
      disk.fail_any(nth, std::errc::io_error);
      for (std::uint64_t later = nth + 1; later < nth + 200; ++later) {
        disk.fail_any(later, std::errc::io_error);
      }
      for (const char letter : {'a', 'b', 'c'}) {
        const std::string message = line(letter, 80);
        const Record record = make_record(message);
        (void)first.write({&record, 1});
        (void)first.flush();
      }
    }
    disk.heal();

    RotatingFileSink second(options, disk, clock);
    const Record record = make_record("after");
    EXPECT_FALSE(second.write({&record, 1}));
    EXPECT_FALSE(second.flush());

    std::string text;
    for (const std::string& name : disk.names("logs")) {
      if (parse_backup_name("app.log", name)) text += disk.read("logs/" + name);
    }
    text += disk.read("logs/app.log");
    std::string whole;
    for (const char letter : {'a', 'b', 'c'}) whole += line(letter, 80) + "\n";
    ASSERT_TRUE(text.ends_with("after\n"));
    text.resize(text.size() - 6);
    EXPECT_TRUE(whole.starts_with(text)) << nth << ": " << text;
    EXPECT_FALSE(disk.exists("logs/.app.log.next"));
  }
}

}  // namespace
}  // namespace lathe
