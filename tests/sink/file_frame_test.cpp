// SPDX-License-Identifier: MIT

#include "rotating_file_fixture.hpp"

namespace lathe {
namespace {

class FileFrameTest : public RotatingFileFixture {
 protected:
  static RotatingFileOptions framed() {
    RotatingFileOptions options = plain_options();
    options.header = "# opened {time:%H:%M:%S} {logger}{message}";
    options.footer = "# closed";
    return options;
  }

  static constexpr const char* kHeader = "# opened 13:50:33 lathe\n";
};

TEST_F(FileFrameTest, BeginsAndEndsEachFile) {
  open(framed());
  EXPECT_FALSE(log("one"));
  EXPECT_FALSE(sink->rotate());
  EXPECT_FALSE(log("two"));

  ASSERT_EQ(backups().size(), 1U);
  EXPECT_EQ(fs.read("logs/" + backups()[0]), std::string(kHeader) + "one\n# closed\n");
  EXPECT_EQ(active(), std::string(kHeader) + "two\n");
}

TEST_F(FileFrameTest, WritesNoHeaderIntoAFileThatIsContinued) {
  fs.put("logs/app.log", "before\n");
  open(framed());

  EXPECT_FALSE(log("after"));

  EXPECT_EQ(active(), "before\nafter\n");
}

TEST_F(FileFrameTest, CountsForTheSizeLimit) {
  RotatingFileOptions options = framed();
  options.rotation.size_bytes_max = 1000;
  open(options);
  for (int i = 0; i < 40; ++i) EXPECT_FALSE(log(line('x', 100)));

  ASSERT_GT(backups().size(), 2U);
  for (const std::string& name : backups()) {
    const std::string text = fs.read("logs/" + name);
    EXPECT_LE(text.size(), 1000U);
    EXPECT_TRUE(text.starts_with(kHeader));
    EXPECT_TRUE(text.ends_with("# closed\n"));
  }
}

TEST_F(FileFrameTest, DoesNotRotateAFileThatHoldsOnlyItsHeader) {
  RotatingFileOptions options = framed();
  options.rotation.size_bytes_max = 64;
  open(options);
  EXPECT_FALSE(log(line('x', 500)));
  EXPECT_FALSE(log(line('y', 500)));

  ASSERT_EQ(backups().size(), 1U);
  EXPECT_EQ(fs.read("logs/" + backups()[0]), kHeader + line('x', 500) + "\n# closed\n");
}

TEST_F(FileFrameTest, FinishesAHeaderThatWasWrittenInPart) {
  open(framed());
  fs.shorten_write(1, 5);
  fs.fail(Call::write, 2, std::errc::no_space_on_device);
  write("one");
  EXPECT_TRUE(sink->flush());
  EXPECT_EQ(active(), "# ope");

  EXPECT_FALSE(sink->flush());

  EXPECT_EQ(active(), std::string(kHeader) + "one\n");
}

TEST_F(FileFrameTest, BeginsAFileAnewThatWasTruncated) {
  open(framed());
  EXPECT_FALSE(log("one"));
  fs.truncate("logs/app.log");
  clock.advance(1s);
  sink->tick();

  EXPECT_FALSE(log("two"));

  EXPECT_EQ(active(), "# opened 13:50:34 lathe\ntwo\n");
}

TEST_F(FileFrameTest, RotatesAllTheSameWhenTheFooterCannotBeWritten) {
  open(framed());
  EXPECT_FALSE(log("one"));
  fs.fail(Call::write, 1, std::errc::no_space_on_device);

  EXPECT_FALSE(sink->rotate());

  EXPECT_EQ(backups().size(), 1U);
  EXPECT_EQ(host.told_about("cannot write the footer"), 1U);
  EXPECT_EQ(sink->stats().write_errors, 1U);
}

TEST_F(FileFrameTest, RefusesABadPatternBeforeAnythingIsMade) {
  RotatingFileOptions options = framed();
  options.footer = "{nonsense}";
  try {
    open(options);
    FAIL() << "nothing was thrown";
  } catch (const OptionError& error) {
    EXPECT_EQ(error.field(), "footer");
  }
  EXPECT_TRUE(fs.names("logs").empty());
}

}  // namespace
}  // namespace lathe
