// SPDX-License-Identifier: MIT
//
// Refuses option values that cannot be meant.

#include "core/options_check.hpp"

#include <bit>
#include <chrono>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace lathe {
namespace {

using std::chrono::nanoseconds;

constexpr std::size_t kThreadNameBytesMax = 15;  // the kernel's limit
constexpr unsigned kCpuMax = 1023;               // the last one that a cpu_set_t can name
constexpr unsigned kFileModeMax = 07777;
constexpr unsigned kOwnerWrite = 0200;

void require(bool is_good, const char* field, const std::string& reason) {
  if (!is_good) throw OptionError(field, reason);
}

// A value that was cast to an enumeration, say from a number in a file, may be none of its names.
template <typename Enum>
void check_enum(Enum value, Enum last, const char* field) {
  require(value <= last, field, "is none of the named values");
}

void check_not_negative(nanoseconds value, const char* field) {
  require(value.count() >= 0, field, "must not be negative");
}

void check_bytes(std::uint64_t value, const char* field) {
  require(value <= kOptionBytesMax, field,
          fmt::format("{} bytes is more than any file can have", value));
}

void check_path(std::string_view path) {
  const char* const field = "path";
  require(!path.empty(), field, "is required");
  require(path.find('\0') == std::string_view::npos, field, "must not contain a zero byte");
  require(path.back() != '/', field, "must name a file, not a directory");
  const std::string_view base = path.substr(path.rfind('/') + 1);  // npos + 1 is 0
  require(base != "." && base != "..", field, "must name a file, not a directory");
  require(base.size() <= kBaseNameBytesMax, field,
          fmt::format("the file name has {} bytes, and {} leave room for the suffix of a backup",
                      base.size(), kBaseNameBytesMax));
}

}  // namespace

void check_options(const BackendOptions& options) {
  require(std::has_single_bit(options.queue_bytes) && options.queue_bytes >= 4 * KiB &&
              options.queue_bytes <= 1 * GiB,
          "queue_bytes", "must be a power of two from 4 KiB to 1 GiB");
  check_enum(options.overflow, Overflow::shed, "overflow");
  check_not_negative(options.block_for, "block_for");
  require(options.shed_below < Level::off, "shed_below", "must be a level that a record can have");
  check_enum(options.thread, BackendThread::manual, "thread");
  require(options.thread_name.size() <= kThreadNameBytesMax, "thread_name",
          fmt::format("must not have more than {} bytes", kThreadNameBytesMax));
  require(options.thread_name.find('\0') == std::string::npos, "thread_name",
          "must not contain a zero byte");
  require(!options.cpu || *options.cpu <= kCpuMax, "cpu",
          fmt::format("must be at most {}", kCpuMax));
  check_enum(options.level, Level::off, "level");
  require(options.record_bytes_max >= 1 * KiB && options.record_bytes_max <= 64 * MiB,
          "record_bytes_max", "must be from 1 KiB to 64 MiB");
  require(options.order_window >= nanoseconds(0) && options.order_window <= std::chrono::seconds(1),
          "order_window", "must be from 0 to 1 s");
  require(options.idle_max >= std::chrono::microseconds(50) &&
              options.idle_max <= std::chrono::seconds(1),
          "idle_max", "must be from 50 us to 1 s");
  check_not_negative(options.shutdown_timeout, "shutdown_timeout");
}

void check_options(const RotatingFileOptions& options) {
  check_path(options.path);
  require(
      options.rotation.size_bytes_max == 0 || options.rotation.size_bytes_max >= kRotationBytesMin,
      "rotation.size_bytes_max",
      fmt::format("must be 0 or at least {}; is a unit missing, as in 64 * lathe::MiB?",
                  kRotationBytesMin));
  check_bytes(options.rotation.size_bytes_max, "rotation.size_bytes_max");
  check_not_negative(options.sync.interval, "sync.interval");
  check_bytes(options.sync.bytes_max, "sync.bytes_max");
  check_enum(options.sync.level_min, Level::off, "sync.level_min");
  check_enum(options.time_zone, TimeZone::local, "time_zone");
  check_enum(options.level_min, Level::off, "level_min");
  require(options.file_mode <= kFileModeMax, "file_mode", "has bits that are no permissions");
  require((options.file_mode & kOwnerWrite) != 0, "file_mode",
          "must let the owner write, or the next run cannot continue the file");
}

void check_options(const ConsoleOptions& options) {
  check_enum(options.level_min, Level::off, "level_min");
  check_enum(options.time_zone, TimeZone::local, "time_zone");
  check_enum(options.stream, ConsoleStream::standard_error, "stream");
  check_enum(options.colour, Colour::never, "colour");
}

}  // namespace lathe
