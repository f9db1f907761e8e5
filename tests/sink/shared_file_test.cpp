// SPDX-License-Identifier: MIT
//
// Several sinks on one file, as several processes would have them. tests/outside has real ones.

#include <fmt/format.h>

#include "rotating_file_fixture.hpp"

namespace lathe {
namespace {

class SharedFileTest : public RotatingFileFixture {
 protected:
  static RotatingFileOptions shared() {
    RotatingFileOptions options = plain_options();
    options.ownership = Ownership::shared;
    options.rotation.size_bytes_max = 100;
    return options;
  }

  // The other process; its host is not looked at.
  void open_other(const RotatingFileOptions& options = shared()) {
    other = std::make_unique<RotatingFileSink>(options, fs, clock);
    other->attach(other_host);
  }

  std::error_code log_other(const std::string& message) {
    const Record record = make_record(message);
    EXPECT_FALSE(other->write({&record, 1}));
    return other->flush();
  }

  InlineSinkHost other_host;
  std::unique_ptr<RotatingFileSink> other;
};

TEST_F(SharedFileTest, TwoAppendToOneFile) {
  open(shared());
  open_other();

  EXPECT_FALSE(log("a1"));
  EXPECT_FALSE(log_other("b1"));
  EXPECT_FALSE(log("a2"));

  EXPECT_EQ(active(), "a1\nb1\na2\n");
}

TEST_F(SharedFileTest, CountsWhatTheOtherWrote) {
  open(shared());
  open_other();
  EXPECT_FALSE(log_other(line('b', 60)));

  EXPECT_FALSE(log(line('a', 60)));

  ASSERT_EQ(backups().size(), 1U);
  EXPECT_EQ(fs.read("logs/" + backups()[0]), line('b', 60) + "\n");
  EXPECT_EQ(active(), line('a', 60) + "\n");
}

TEST_F(SharedFileTest, FollowsTheOtherThatHasRotated) {
  open(shared());
  open_other();
  EXPECT_FALSE(log("a1"));

  EXPECT_FALSE(other->rotate());
  EXPECT_FALSE(log("a2"));

  ASSERT_EQ(backups().size(), 1U);
  EXPECT_EQ(fs.read("logs/" + backups()[0]), "a1\n");
  EXPECT_EQ(active(), "a2\n");
  EXPECT_EQ(host.told_about("moved or deleted"), 0U);
  EXPECT_EQ(sink->stats().rotations, 0U);
  EXPECT_EQ(other->stats().rotations, 1U);
}

TEST_F(SharedFileTest, NamesOfBothComeInOrderOfRotation) {
  open(shared());
  open_other();
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(log("a" + std::to_string(i)));
    EXPECT_FALSE(i % 3 == 0 ? other->rotate() : sink->rotate());
    EXPECT_FALSE(log_other("b" + std::to_string(i)));
  }

  std::string expected;
  for (int i = 0; i < 10; ++i) expected += fmt::format("a{}\nb{}\n", i, i);
  EXPECT_EQ(all_text(), expected);
  EXPECT_EQ(backups().size(), 10U);
}

TEST_F(SharedFileTest, NobodyWritesIntoALineThatIsNotFinished) {
  open(shared());
  open_other();
  fs.shorten_write(1, 3);
  fs.fail(Call::write, 2, std::errc::no_space_on_device);
  write("unfinished");
  EXPECT_TRUE(sink->flush());

  EXPECT_TRUE(log_other("b"));  // a real lock would wait here; the fake one says that it is taken
  EXPECT_EQ(active(), "unf");
  EXPECT_FALSE(sink->flush());
  EXPECT_FALSE(other->flush());

  EXPECT_EQ(active(), "unfinished\nb\n");
}

TEST_F(SharedFileTest, AnExclusiveSinkIsRefused) {
  open(shared());

  EXPECT_THROW(open_other(plain_options()), std::system_error);
}

TEST_F(SharedFileTest, ASharedSinkIsRefusedBesideAnExclusiveOne) {
  open(plain_options());

  EXPECT_THROW(open_other(), std::system_error);
}

TEST_F(SharedFileTest, TheLastOneLeavesNothingBehind) {
  open(shared());
  open_other();
  EXPECT_FALSE(log("a"));
  EXPECT_FALSE(log_other("b"));

  sink.reset();
  EXPECT_FALSE(log_other("b2"));
  EXPECT_FALSE(other->rotate());
  other.reset();

  EXPECT_EQ(all_text(), "a\nb\nb2\n");
  EXPECT_FALSE(fs.exists("logs/.app.log.next"));
}

TEST_F(SharedFileTest, BothRotateByTimeOnce) {
  RotatingFileOptions options = shared();
  options.rotation = {.interval = 1h};
  open(options);
  open_other(options);
  fs.set_time_ns(clock.wall_ns());
  EXPECT_FALSE(log("a1"));
  EXPECT_FALSE(log_other("b1"));

  clock.advance(10min);
  fs.set_time_ns(clock.wall_ns());
  sink->tick();
  EXPECT_FALSE(log("a2"));
  other->tick();
  EXPECT_FALSE(log_other("b2"));

  ASSERT_EQ(backups().size(), 1U);
  EXPECT_EQ(active(), "a2\nb2\n");
}

}  // namespace
}  // namespace lathe
