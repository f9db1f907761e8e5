// SPDX-License-Identifier: MIT

#include "core/options_check.hpp"

#include <chrono>
#include <functional>
#include <string>

#include <gtest/gtest.h>

namespace lathe {
namespace {

using namespace std::chrono_literals;

// Returns the field that is refused, or "" if none is.
template <typename Options>
std::string refused_field(const Options& options) {
  try {
    check_options(options);
    return "";
  } catch (const OptionError& error) {
    EXPECT_EQ(std::string(error.what()).find(error.field() + ": "), 0U) << error.what();
    EXPECT_GT(std::string(error.what()).size(), error.field().size() + 8) << error.what();
    return error.field();
  }
}

template <typename Options>
struct OptionsCase {
  const char* name;
  const char* want;  // the refused field, or ""
  std::function<void(Options&)> change;
};

RotatingFileOptions file_options() { return {.path = "logs/app.log"}; }

TEST(OptionsCheckTest, TakesAllDefaults) {
  EXPECT_EQ(refused_field(BackendOptions{}), "");
  EXPECT_EQ(refused_field(file_options()), "");
  EXPECT_EQ(refused_field(ConsoleOptions{}), "");
}

TEST(OptionsCheckTest, RefusesBadBackendOptionsByName) {
  using Options = BackendOptions;
  const OptionsCase<Options> cases[] = {
      {"no queue", "queue_bytes", [](Options& o) { o.queue_bytes = 0; }},
      {"odd queue", "queue_bytes", [](Options& o) { o.queue_bytes = 5'000; }},
      {"small queue", "queue_bytes", [](Options& o) { o.queue_bytes = 2 * KiB; }},
      {"smallest queue", "", [](Options& o) { o.queue_bytes = 4 * KiB; }},
      {"largest queue", "", [](Options& o) { o.queue_bytes = 1 * GiB; }},
      {"large queue", "queue_bytes", [](Options& o) { o.queue_bytes = 2 * GiB; }},
      {"no such overflow", "overflow", [](Options& o) { o.overflow = Overflow{3}; }},
      {"negative wait", "block_for", [](Options& o) { o.block_for = -1ns; }},
      {"shed all", "shed_below", [](Options& o) { o.shed_below = Level::off; }},
      {"shed none", "", [](Options& o) { o.shed_below = Level::trace; }},
      {"no such thread", "thread", [](Options& o) { o.thread = BackendThread{2}; }},
      {"15 bytes", "", [](Options& o) { o.thread_name = "123456789012345"; }},
      {"16 bytes", "thread_name", [](Options& o) { o.thread_name = "1234567890123456"; }},
      {"zero", "thread_name", [](Options& o) { o.thread_name = std::string(3, '\0'); }},
      {"cpu 1023", "", [](Options& o) { o.cpu = 1023; }},
      {"cpu 1024", "cpu", [](Options& o) { o.cpu = 1024; }},
      {"level off", "", [](Options& o) { o.level = Level::off; }},
      {"no such level", "level", [](Options& o) { o.level = Level{7}; }},
      {"short records", "record_bytes_max", [](Options& o) { o.record_bytes_max = KiB - 1; }},
      {"shortest records", "", [](Options& o) { o.record_bytes_max = KiB; }},
      {"longest records", "", [](Options& o) { o.record_bytes_max = 64 * MiB; }},
      {"long records", "record_bytes_max", [](Options& o) { o.record_bytes_max = 64 * MiB + 1; }},
      {"negative window", "order_window", [](Options& o) { o.order_window = -1ns; }},
      {"no window", "", [](Options& o) { o.order_window = 0ns; }},
      {"long window", "order_window", [](Options& o) { o.order_window = 1s + 1ns; }},
      {"short sleep", "idle_max", [](Options& o) { o.idle_max = 49'999ns; }},
      {"shortest sleep", "", [](Options& o) { o.idle_max = 50us; }},
      {"longest sleep", "", [](Options& o) { o.idle_max = 1s; }},
      {"long sleep", "idle_max", [](Options& o) { o.idle_max = 1s + 1ns; }},
      {"negative end", "shutdown_timeout", [](Options& o) { o.shutdown_timeout = -1ns; }},
      {"sudden end", "", [](Options& o) { o.shutdown_timeout = 0ns; }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Options options;
    c.change(options);
    EXPECT_EQ(refused_field(options), c.want);
  }
}

TEST(OptionsCheckTest, RefusesBadRotatingFileOptionsByName) {
  using Options = RotatingFileOptions;
  constexpr std::uint64_t kHuge = (std::uint64_t{1} << 62) + 1;
  const OptionsCase<Options> cases[] = {
      {"limit of 1", "rotation.size_bytes_max", [](Options& o) { o.rotation.size_bytes_max = 1; }},
      {"limit of 63", "rotation.size_bytes_max",
       [](Options& o) { o.rotation.size_bytes_max = 63; }},
      {"limit of 64", "", [](Options& o) { o.rotation.size_bytes_max = 64; }},
      {"limit of 2^62", "", [](Options& o) { o.rotation.size_bytes_max = kHuge - 1; }},
      {"huge limit", "rotation.size_bytes_max",
       [](Options& o) { o.rotation.size_bytes_max = kHuge; }},
      {"any count", "", [](Options& o) { o.retention.count_max = UINT64_MAX; }},
      {"negative interval", "sync.interval", [](Options& o) { o.sync.interval = -1ns; }},
      {"any interval", "", [](Options& o) { o.sync.interval = std::chrono::nanoseconds::max(); }},
      {"a byte", "", [](Options& o) { o.sync.bytes_max = 1; }},
      {"huge sync", "sync.bytes_max", [](Options& o) { o.sync.bytes_max = kHuge; }},
      {"waits for no level", "sync.wait_level",
       [](Options& o) { o.sync = {.level_min = Level::off, .wait_level = true}; }},
      {"no memory for syncs", "", [](Options& o) { o.sync.retain_bytes_max = 0; }},
      {"all memory", "sync.retain_bytes_max",
       [](Options& o) { o.sync.retain_bytes_max = 1 * GiB + 1; }},
      {"sync at no such level", "sync.level_min", [](Options& o) { o.sync.level_min = Level{7}; }},
      {"no such zone", "time_zone", [](Options& o) { o.time_zone = TimeZone{2}; }},
      {"no such level", "level_min", [](Options& o) { o.level_min = Level{7}; }},
      {"off", "", [](Options& o) { o.level_min = Level::off; }},
      {"mode 0200", "", [](Options& o) { o.file_mode = 0200; }},
      {"mode 07777", "", [](Options& o) { o.file_mode = 07777; }},
      {"mode 010640", "file_mode", [](Options& o) { o.file_mode = 010640; }},
      {"mode 0440", "file_mode", [](Options& o) { o.file_mode = 0440; }},
      {"directory 0300", "", [](Options& o) { o.directory_mode = 0300; }},
      {"directory 02755", "", [](Options& o) { o.directory_mode = 02755; }},
      {"directory 0200", "directory_mode", [](Options& o) { o.directory_mode = 0200; }},
      {"directory 0500", "directory_mode", [](Options& o) { o.directory_mode = 0500; }},
      {"directory 010755", "directory_mode", [](Options& o) { o.directory_mode = 010755; }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Options options = file_options();
    c.change(options);
    EXPECT_EQ(refused_field(options), c.want);
  }
}

TEST(OptionsCheckTest, RefusesBadRotationByName) {
  using Options = RotationOptions;
  constexpr std::uint64_t kHuge = (std::uint64_t{1} << 62) + 1;
  const OptionsCase<Options> cases[] = {
      {"negative interval", "rotation.interval", [](Options& o) { o.interval = -1s; }},
      {"half a second", "rotation.interval", [](Options& o) { o.interval = 500ms; }},
      {"a bit more", "rotation.interval", [](Options& o) { o.interval = 1h + 1ns; }},
      {"a second", "", [](Options& o) { o.interval = 1s; }},
      {"7 h", "rotation.interval", [](Options& o) { o.interval = 7h; }},
      {"8 h", "", [](Options& o) { o.interval = 8h; }},
      {"a day", "", [](Options& o) { o.interval = 24h; }},
      {"a day and a half", "rotation.interval", [](Options& o) { o.interval = 36h; }},
      {"366 days", "", [](Options& o) { o.interval = 366 * 24h; }},
      {"367 days", "rotation.interval", [](Options& o) { o.interval = 367 * 24h; }},
      {"times", "", [](Options& o) { o.daily_at = "06:00,18:30"; }},
      {"no such time", "rotation.daily_at", [](Options& o) { o.daily_at = "25:00"; }},
      {"blank times", "rotation.daily_at", [](Options& o) { o.daily_at = " "; }},
      {"weekly times", "", [](Options& o) { o.weekly_at = "mon 06:00,fri 18:30"; }},
      {"no such day", "rotation.weekly_at", [](Options& o) { o.weekly_at = "day 00:00"; }},
      {"on open", "", [](Options& o) { o.on_open = true; }},
      {"empty ones", "rotation.on_open_bytes_min", [](Options& o) { o.on_open_bytes_min = 0; }},
      {"large ones", "", [](Options& o) { o.on_open_bytes_min = kHuge - 1; }},
      {"huge ones", "rotation.on_open_bytes_min", [](Options& o) { o.on_open_bytes_min = kHuge; }},
      {"no such zone", "rotation.time_zone", [](Options& o) { o.time_zone = TimeZone{2}; }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    RotatingFileOptions options = file_options();
    c.change(options.rotation);
    EXPECT_EQ(refused_field(options), c.want);
  }
}

TEST(OptionsCheckTest, RefusesBadNamingAndRetentionByName) {
  using Options = RotatingFileOptions;
  constexpr std::uint64_t kHuge = (std::uint64_t{1} << 62) + 1;
  const OptionsCase<Options> cases[] = {
      {"of any log", "naming.pattern", [](Options& o) { o.naming.pattern = "{index}"; }},
      {"of any extension", "naming.pattern",
       [](Options& o) { o.naming.pattern = "{stem}.{index}"; }},
      {"stem first", "", [](Options& o) { o.naming.pattern = "{stem}.{index}{extension}"; }},
      {"index behind a name", "naming.pattern",
       [](Options& o) { o.naming.pattern = "{stem}{index}{extension}"; }},
      {"index behind a digit", "naming.pattern",
       [](Options& o) { o.naming.pattern = "{name}.1{index}"; }},
      {"too old at birth", "retention.age_max",
       [](Options& o) {
         o.rotation.weekly_at = "mon 00:00";
         o.naming.stamp = NameStamp::period_start;
         o.retention.age_max = std::chrono::hours(24 * 13);
       }},
      {"old after two periods", "",
       [](Options& o) {
         o.rotation.weekly_at = "mon 00:00";
         o.naming.stamp = NameStamp::period_start;
         o.retention.age_max = std::chrono::hours(24 * 14);
       }},
      {"indexed", "", [](Options& o) { o.naming.pattern = "{name}.{index}"; }},
      {"no names", "naming.pattern", [](Options& o) { o.naming.pattern = "{name}"; }},
      {"local", "naming.pattern", [](Options& o) { o.naming.time_zone = TimeZone::local; }},
      {"no such zone", "naming.time_zone", [](Options& o) { o.naming.time_zone = TimeZone{2}; }},
      {"no such stamp", "naming.stamp", [](Options& o) { o.naming.stamp = NameStamp{2}; }},
      {"no period", "naming.stamp", [](Options& o) { o.naming.stamp = NameStamp::period_start; }},
      {"the active file's base name", "naming.latest_link",
       [](Options& o) { o.naming.latest_link = "app.log"; }},
      {"a link", "", [](Options& o) { o.naming.latest_link = "app.log.latest"; }},
      {"any age", "", [](Options& o) { o.retention.age_max = std::chrono::nanoseconds::max(); }},
      {"negative age", "retention.age_max", [](Options& o) { o.retention.age_max = -1ns; }},
      {"no unit", "retention.size_bytes_max", [](Options& o) { o.retention.size_bytes_max = 1; }},
      {"a little", "", [](Options& o) { o.retention.size_bytes_max = 64; }},
      {"huge", "retention.size_bytes_max", [](Options& o) { o.retention.size_bytes_max = kHuge; }},
      {"a byte free", "", [](Options& o) { o.retention.free_bytes_min = 1; }},
      {"all free", "retention.free_bytes_min",
       [](Options& o) { o.retention.free_bytes_min = kHuge; }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Options options = file_options();
    c.change(options);
    EXPECT_EQ(refused_field(options), c.want);
  }
}

TEST(OptionsCheckTest, StampsPeriodStartsWithAnyTimeRule) {
  using Options = RotationOptions;
  const OptionsCase<Options> cases[] = {
      {"size", "naming.stamp", [](Options& o) { o.size_bytes_max = 1 * MiB; }},
      {"open", "naming.stamp", [](Options& o) { o.on_open = true; }},
      {"interval", "", [](Options& o) { o.interval = 1h; }},
      {"daily", "", [](Options& o) { o.daily_at = "00:00"; }},
      {"weekly", "", [](Options& o) { o.weekly_at = "mon 00:00"; }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    RotatingFileOptions options = file_options();
    options.naming.stamp = NameStamp::period_start;
    c.change(options.rotation);
    EXPECT_EQ(refused_field(options), c.want);
  }
}

TEST(OptionsCheckTest, RefusesOptionsThatNeedAnother) {
  using Options = RotatingFileOptions;
  const OptionsCase<Options> cases[] = {
      {"plain ones of none", "keep_plain", [](Options& o) { o.keep_plain = 1; }},
      {"plain ones", "",
       [](Options& o) {
         o.keep_plain = 1;
         o.compression = Compression::gzip;
       }},
      {"no such packing", "compression", [](Options& o) { o.compression = Compression{3}; }},
      {"taking no size", "preallocate", [](Options& o) { o.preallocate = true; }},
      {"taking a size", "",
       [](Options& o) {
         o.preallocate = true;
         o.rotation.size_bytes_max = 1 * MiB;
       }},
      {"no such owner", "ownership", [](Options& o) { o.ownership = Ownership{2}; }},
      {"shared", "", [](Options& o) { o.ownership = Ownership::shared; }},
      {"shared and numbered", "ownership",
       [](Options& o) {
         o.ownership = Ownership::shared;
         o.naming.pattern = "{name}.{index}";
       }},
      {"shared and taken", "ownership",
       [](Options& o) {
         o.ownership = Ownership::shared;
         o.preallocate = true;
         o.rotation.size_bytes_max = 1 * MiB;
       }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Options options = file_options();
    c.change(options);
    EXPECT_EQ(refused_field(options), c.want);
  }
}

TEST(OptionsCheckTest, RefusesPathsThatNameNoFile) {
  using namespace std::string_literals;
  for (const std::string& path : {""s, "/"s, "logs/"s, "."s, ".."s, "logs/.."s, "logs/."s, "a\0b"s,
                                  "\0"s, "logs/"s + std::string(220, 'a')}) {
    RotatingFileOptions options;
    options.path = path;
    EXPECT_EQ(refused_field(options), "path") << path;
  }
  for (const std::string& path : {"a"s, "/a"s, "./a"s, "../a.log"s, "a b"s, "..."s, ".hidden"s,
                                  std::string(300, 'd') + "/" + std::string(219, 'a')}) {
    RotatingFileOptions options;
    options.path = path;
    EXPECT_EQ(refused_field(options), "") << path;
  }
}

TEST(OptionsCheckTest, RefusesBadConsoleOptionsByName) {
  using Options = ConsoleOptions;
  const OptionsCase<Options> cases[] = {
      {"level", "level_min", [](Options& o) { o.level_min = Level{7}; }},
      {"zone", "time_zone", [](Options& o) { o.time_zone = TimeZone{2}; }},
      {"stream", "stream", [](Options& o) { o.stream = ConsoleStream{2}; }},
      {"colour", "colour", [](Options& o) { o.colour = Colour{3}; }},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Options options;
    c.change(options);
    EXPECT_EQ(refused_field(options), c.want);
  }
}

TEST(OptionsCheckTest, LeavesRoomForTheLongestBackupOfTheLongestName) {
  const std::string active(kBaseNameBytesMax, 'a');
  const BackupNames names({}, active, {});
  const BackupFile longest = {.name = {kBackupStampMsMax, UINT32_MAX}, .packed = Compression::zstd};
  EXPECT_EQ(names.make_temporary(longest).size(), 255U);
}

}  // namespace
}  // namespace lathe
