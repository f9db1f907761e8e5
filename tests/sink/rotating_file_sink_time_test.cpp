// SPDX-License-Identifier: MIT

#include "rotating_file_fixture.hpp"

namespace lathe {
namespace {

// The clock starts at 2026-11-22 13:50:33 UTC.
class RotatingFileSinkTimeTest : public RotatingFileFixture {
 protected:
  static RotatingFileOptions hourly() {
    RotatingFileOptions options = plain_options();
    options.rotation.interval = 1h;
    return options;
  }

  static constexpr std::chrono::nanoseconds kUpkeepInterval{RotatingFileSink::kUpkeepIntervalNs};

  // The sink finds out about time as the backend would tell it.
  void pass(std::chrono::nanoseconds time) {
    clock.advance(time);
    fs.set_time_ns(clock.wall_ns());
    sink->tick();
  }
};

TEST_F(RotatingFileSinkTimeTest, RotatesOnTheHourWithoutTraffic) {
  open(hourly());
  EXPECT_FALSE(log("before"));

  pass(9min);
  EXPECT_TRUE(backups().empty());
  pass(27s);

  EXPECT_EQ(backups(), std::vector<std::string>{"app.log.20261122_140000"});
  EXPECT_EQ(active(), "");
}

TEST_F(RotatingFileSinkTimeTest, RotatesBeforeTheFirstRecordOfAPeriod) {
  open(hourly());
  EXPECT_FALSE(log("before"));
  clock.advance(10min);

  EXPECT_FALSE(log("after"));

  ASSERT_EQ(backups().size(), 1U);
  EXPECT_EQ(fs.read("logs/" + backups()[0]), "before\n");
  EXPECT_EQ(active(), "after\n");
}

TEST_F(RotatingFileSinkTimeTest, DoesNotRotateAnEmptyFile) {
  open(hourly());

  pass(10min);
  pass(3h);
  EXPECT_TRUE(backups().empty());

  EXPECT_FALSE(log("first"));
  EXPECT_TRUE(backups().empty());
  pass(1h);
  EXPECT_EQ(backups().size(), 1U);
}

TEST_F(RotatingFileSinkTimeTest, RotatesOnceForManyPeriodsThatPassedAtOnce) {
  open(hourly());
  EXPECT_FALSE(log("before"));

  pass(100h);
  pass(1s);

  EXPECT_EQ(backups().size(), 1U);
}

TEST_F(RotatingFileSinkTimeTest, RotatesAtOpenWhatAnEarlierPeriodLeft) {
  fs.set_time_ns(clock.wall_ns() - std::chrono::nanoseconds(1h).count());
  fs.put("logs/app.log", "an hour ago\n");

  open(hourly());

  EXPECT_EQ(backups(), std::vector<std::string>{"app.log.20261122_135033"});
  EXPECT_EQ(active(), "");
}

TEST_F(RotatingFileSinkTimeTest, ContinuesAtOpenWhatIsOfThisPeriod) {
  fs.set_time_ns(clock.wall_ns() - std::chrono::nanoseconds(1min).count());
  fs.put("logs/app.log", "a minute ago\n");

  open(hourly());

  EXPECT_TRUE(backups().empty());
}

TEST_F(RotatingFileSinkTimeTest, NamesTheBackupByTheStartOfItsPeriodOnRequest) {
  RotatingFileOptions options = hourly();
  options.naming.stamp = NameStamp::period_start;
  open(options);
  EXPECT_FALSE(log("one"));

  EXPECT_FALSE(sink->rotate());
  EXPECT_FALSE(log("two"));
  pass(10min);

  EXPECT_EQ(backups(),
            (std::vector<std::string>{"app.log.20261122_130000", "app.log.20261122_130000.1"}));
}

TEST_F(RotatingFileSinkTimeTest, CombinesSizeAndTime) {
  RotatingFileOptions options = hourly();
  options.rotation.size_bytes_max = 100;
  open(options);
  EXPECT_FALSE(log(line('a', 80)));
  EXPECT_FALSE(log(line('b', 80)));
  pass(10min);

  EXPECT_EQ(backups(),
            (std::vector<std::string>{"app.log.20261122_135033", "app.log.20261122_140033"}));
}

TEST_F(RotatingFileSinkTimeTest, TriesAFailedRotationByTimeAgainWithBackOff) {
  open(hourly());
  EXPECT_FALSE(log("before"));
  fs.fail(Call::rename, 1, std::errc::permission_denied);

  pass(10min);
  EXPECT_FALSE(log("after"));
  EXPECT_EQ(active(), "before\nafter\n");
  EXPECT_EQ(sink->stats().rotation_errors, 1U);
  pass(1s);

  EXPECT_EQ(backups().size(), 1U);
  EXPECT_EQ(all_text(), "before\nafter\n");
}

TEST_F(RotatingFileSinkTimeTest, LooksAgainAtABackupThatSomebodyHadOpen) {
  RotatingFileOptions options = plain_options();
  options.retention.count_max = 1;
  options.sync.on_rotate = true;  // so that it is closed soon: what we have open goes all the same
  open(options);
  EXPECT_FALSE(log("one"));
  EXPECT_FALSE(sink->rotate());
  const std::string held = backups()[0];
  fs.node("logs/" + held).is_open_elsewhere = true;
  EXPECT_FALSE(log("two"));
  EXPECT_FALSE(sink->rotate());

  pass(kUpkeepInterval);
  EXPECT_EQ(backups().size(), 2U);
  fs.node("logs/" + held).is_open_elsewhere = false;
  pass(kUpkeepInterval - 1ns);
  EXPECT_EQ(backups().size(), 2U);
  pass(1ns);

  EXPECT_EQ(backups().size(), 1U);
  EXPECT_FALSE(fs.exists("logs/" + held));
}

TEST_F(RotatingFileSinkTimeTest, DoesNotRotateAgainWhenTheClockIsSetBack) {
  open(hourly());
  EXPECT_FALSE(log("one"));
  pass(10min);
  EXPECT_FALSE(log("two"));
  clock.set_wall_ns(clock.wall_ns() - std::chrono::nanoseconds(5min).count());

  pass(5min);

  EXPECT_EQ(backups().size(), 1U);
}

TEST_F(RotatingFileSinkTimeTest, RotatesDailyAtTheTimesGiven) {
  RotatingFileOptions options = plain_options();
  options.rotation.daily_at = "06:00,18:00";
  open(options);
  EXPECT_FALSE(log("one"));

  pass(4h + 9min + 27s);
  EXPECT_FALSE(log("two"));
  pass(12h);

  EXPECT_EQ(backups(),
            (std::vector<std::string>{"app.log.20261122_180000", "app.log.20261123_060000"}));
}

TEST_F(RotatingFileSinkTimeTest, RotatesOnOpenWhatHasTheSizeAskedFor) {
  fs.put("logs/app.log", line('x', 20));
  RotatingFileOptions options = plain_options();
  options.rotation.on_open = true;
  options.rotation.on_open_bytes_min = 19;

  open(options);

  EXPECT_EQ(backups().size(), 1U);
  EXPECT_EQ(active(), "");
}

TEST_F(RotatingFileSinkTimeTest, ContinuesOnOpenWhatIsSmaller) {
  fs.put("logs/app.log", line('x', 19));
  RotatingFileOptions options = plain_options();
  options.rotation.on_open = true;
  options.rotation.on_open_bytes_min = 19;

  open(options);

  EXPECT_TRUE(backups().empty());
}

}  // namespace
}  // namespace lathe
