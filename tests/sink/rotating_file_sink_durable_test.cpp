// SPDX-License-Identifier: MIT
//
// The watermark of RotatingFileSink: what it calls durable survives a power cut.

#include <algorithm>
#include <functional>

#include "rotating_file_fixture.hpp"

namespace lathe {
namespace {

class RotatingFileSinkDurableTest : public RotatingFileFixture {
 protected:
  void open_with(const std::function<void(SyncOptions&)>& change) {
    RotatingFileOptions options = plain_options();
    change(options.sync);
    open(options);
  }

  [[nodiscard]] std::uint64_t durable() const { return sink->stats().records_durable.value(); }

  // Lines that survive a power cut now.
  [[nodiscard]] std::uint64_t lines_after_power_cut() {
    fs.crash();
    const std::string text = all_text();
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  }
};

TEST_F(RotatingFileSinkDurableTest, EveryPolicyAdvancesItAfterTheSync) {
  struct Case {
    const char* name;
    std::function<void(SyncOptions&)> change;
    std::function<void()> act;
  };
  const Case cases[] = {
      {"interval", [](SyncOptions& sync) { sync.interval = 1s; },
       [this] {
         clock.advance(1s);
         sink->tick();
       }},
      {"bytes", [](SyncOptions& sync) { sync.bytes_max = 8; }, [this] { (void)log("more"); }},
      {"level", [](SyncOptions& sync) { sync.level_min = Level::error; },
       [this] { (void)log("bad", Level::error); }},
      {"batch", [](SyncOptions& sync) { sync.every_batch = true; }, [this] { (void)log("more"); }},
      {"rotation", [](SyncOptions& sync) { sync.on_rotate = true; },
       [this] { (void)sink->rotate(); }},
      {"sync", [](SyncOptions&) {}, [this] { (void)sink->sync(); }},
      {"start_sync", [](SyncOptions&) {}, [this] { sink->start_sync([](std::error_code) {}); }},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    fs = FakeFileSystem();
    (void)fs.make_directory("logs");
    host.set_position(0);
    host.set_mode(InlineSinkHost::Mode::at_once);
    open_with(c.change);
    host.set_mode(InlineSinkHost::Mode::when_told);
    EXPECT_FALSE(log("one"));

    c.act();
    const std::uint64_t before = durable();
    host.run_all();

    const bool does_its_own = std::string_view(c.name) == "sync";
    EXPECT_EQ(before, does_its_own ? 1U : 0U);
    EXPECT_EQ(durable(), host.position());
    EXPECT_GE(durable(), 1U);
    EXPECT_EQ(lines_after_power_cut(), durable());
    sink.reset();
  }
}

TEST_F(RotatingFileSinkDurableTest, StandsStillWithoutASync) {
  open(plain_options());

  for (int i = 0; i < 3; ++i) EXPECT_FALSE(log("one"));
  clock.advance(1h);
  sink->tick();

  EXPECT_EQ(durable(), 0U);
}

TEST_F(RotatingFileSinkDurableTest, WhatIsWrittenDuringASyncIsNotCoveredByIt) {
  host.set_mode(InlineSinkHost::Mode::when_told);
  open(plain_options());
  host.run_all();
  EXPECT_FALSE(log("one"));
  sink->start_sync([](std::error_code) {});
  EXPECT_TRUE(host.run_work());
  EXPECT_FALSE(log("two"));

  host.run_completions();

  EXPECT_EQ(durable(), 1U);
  EXPECT_EQ(lines_after_power_cut(), 1U);
}

TEST_F(RotatingFileSinkDurableTest, StandsStillWhenTheDirectoryCouldNotBeSynced) {
  open(plain_options());
  fs.fail(Call::sync_directory, 1, std::errc::io_error);
  EXPECT_FALSE(log("one"));

  EXPECT_EQ(sink->sync(), std::errc::io_error);
  EXPECT_EQ(durable(), 0U);
  EXPECT_FALSE(sink->sync());

  EXPECT_EQ(durable(), 1U);
  EXPECT_EQ(lines_after_power_cut(), 1U);
}

// The file is closed by the time that the directory takes its names.
TEST_F(RotatingFileSinkDurableTest, ARotatedFileWaitsForItsName) {
  open_with([](SyncOptions& sync) { sync.on_rotate = true; });
  fs.fail(Call::sync_directory, 1, std::errc::io_error);
  EXPECT_FALSE(log("one"));
  EXPECT_FALSE(sink->rotate());
  EXPECT_EQ(durable(), 0U);

  (void)sink->sync();

  EXPECT_EQ(durable(), 1U);
  EXPECT_EQ(lines_after_power_cut(), 1U);
}

TEST_F(RotatingFileSinkDurableTest, DoesNotPassARotatedFileThatWasNotSyncedYet) {
  host.set_mode(InlineSinkHost::Mode::when_told);
  open_with([](SyncOptions& sync) { sync.on_rotate = true; });
  host.run_all();
  EXPECT_FALSE(log("one"));
  EXPECT_FALSE(sink->rotate());
  EXPECT_FALSE(log("two"));
  EXPECT_EQ(durable(), 0U);

  host.run_all();
  EXPECT_EQ(durable(), 1U);
  EXPECT_FALSE(sink->sync());
  EXPECT_EQ(durable(), 2U);
}

TEST_F(RotatingFileSinkDurableTest, DoesNotCountWhatIsStillInItsBuffer) {
  open(plain_options());
  EXPECT_FALSE(log("one"));
  fs.fail_from(Call::write, 1, std::errc::no_space_on_device);
  EXPECT_TRUE(log("two"));

  EXPECT_TRUE(sink->sync());
  EXPECT_EQ(durable(), 0U);
  fs.heal();
  EXPECT_FALSE(sink->sync());

  EXPECT_EQ(durable(), 2U);
}

TEST_F(RotatingFileSinkDurableTest, RecordsBelowTheSinksLevelDoNotHoldItUp) {
  RotatingFileOptions options = plain_options();
  options.level_min = Level::warn;
  open(options);
  EXPECT_FALSE(log("not here", Level::info));

  EXPECT_EQ(durable(), 1U);
}

}  // namespace
}  // namespace lathe
