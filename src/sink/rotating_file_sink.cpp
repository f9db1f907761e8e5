// SPDX-License-Identifier: MIT
//
// Construction, writing, end. Rotation and syncs are in rotating_file_upkeep.cpp.

#include "sink/rotating_file_sink.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "core/options_check.hpp"
#include "core/rotation.hpp"
#include "os/thread.hpp"

namespace lathe {
namespace {

RotatingFileOptions checked(RotatingFileOptions options) {
  check_options(options);
  return options;
}

PatternOptions pattern_options(const RotatingFileOptions& options) {
  return {.field_name = "pattern",
          .time_zone = options.time_zone,
          .escape = options.escape,
          .line_end = options.line_end,
          .process_id = current_process_id()};
}

std::shared_ptr<const LogPlace> open_place(const RotatingFileOptions& options,
                                           FileSystem& file_system) {
  auto place = std::make_shared<const LogPlace>(options.path, options.file_mode, file_system);
  place->repair();
  return place;
}

}  // namespace

RotatingFileSink::RotatingFileSink(RotatingFileOptions options, FileSystem& file_system,
                                   const Clock& clock)
    : options_(checked(std::move(options))),
      clock_(clock),
      pattern_(options_.pattern, pattern_options(options_)),
      place_(open_place(options_, file_system)),
      active_(place_->open_active()),
      rotator_(place_, place_->find_last_backup()),
      ledger_(options_.sync) {
  look_at_ns_ = clock_.steady_ns() + kLookIntervalNs;
}

RotatingFileSink::~RotatingFileSink() {
  try {
    close_all();
  } catch (const std::exception& exception) {
    // Out of memory, most likely; the descriptors are closed by their own destructors.
    ++stats_.write_errors;
    try {
      tell(exception.what());
    } catch (...) {  // nothing left to tell it with
    }
  }
}

void RotatingFileSink::close_all() {
  const bool is_written = !drain();
  if (const std::uint64_t lost = abandon(); lost > 0) {
    tell(fmt::format("{} records were not written before the end", lost));
  }
  if (is_written && ledger_.has_policy()) (void)sync();  // counted and told there
  if (const Failure failure = rotator_.remove_next()) tell("cannot " + failure.text());
  std::vector<std::shared_ptr<LogFile>> files = ledger_.take_held();
  files.push_back(active_);
  for (const auto& log_file : files) {
    const std::error_code error = log_file->file->close();
    if (!error) continue;
    ++stats_.write_errors;
    tell("cannot close: " + error.message());
  }
}

void RotatingFileSink::attach(SinkHost& host) {
  port_.attach(host);
  post_prepare_next();
  post_prune();
}

std::error_code RotatingFileSink::write(std::span<const Record> batch) {
  for (const Record& record : batch) {
    if (record.level < options_.level_min) continue;
    const std::size_t bytes_max = pattern_.bound(record);
    char* out = buffer_.room(bytes_max);
    if (out == nullptr) [[unlikely]]
      out = make_room(bytes_max);
    buffer_.commit(pattern_.render(record, out));
    level_max_ = std::max(level_max_, record.level);
  }
  return {};
}

// While writes fail, the rest of the batch is kept in memory; flush() tells, and the backend takes
// no more records until it succeeds.
char* RotatingFileSink::make_room(std::size_t bytes) {
  if (!wants_retry()) (void)drain();  // a failure is remembered: see wants_retry()
  char* out = buffer_.room(bytes);
  return out != nullptr ? out : buffer_.grow(bytes);
}

std::error_code RotatingFileSink::flush() {
  const std::error_code error = drain();
  if (!error) start_due_sync();
  return error;
}

std::error_code RotatingFileSink::drain() {
  while (!buffer_.is_empty()) {
    // A change that fails is told and counted there; the old file grows, then.
    if (is_change_due() && !change_file()) continue;
    const std::size_t bytes = bytes_for_active_file();
    const WriteResult result = active_->file->write(buffer_.front(bytes));
    note_written(result.written_bytes);
    if (result.error) return note_write_failure(result.error);
    if (result.written_bytes == 0) {
      return note_write_failure(std::make_error_code(std::errc::io_error));  // and would for ever
    }
  }
  note_write_recovery();
  return {};
}

// A record is never divided between files.
bool RotatingFileSink::is_change_due() const {
  if (buffer_.is_mid_record()) return false;
  const ActiveFile file{.size_bytes = active_->size_bytes};
  if (!should_rotate(options_.rotation, file, buffer_.bytes_through(0)) && !is_leaving_due()) {
    return false;
  }
  return change_backoff_.is_over(clock_.steady_ns());
}

// As many records as fit, and at least one; all of them where a rotation is due but has failed.
std::size_t RotatingFileSink::bytes_for_active_file() const {
  const std::size_t all = buffer_.size_bytes();
  if (options_.rotation.size_bytes_max == 0) return all;
  const std::uint64_t size = active_->size_bytes;
  const auto must_rotate_before = [&](std::size_t index) {
    const std::size_t begin = index == 0 ? 0 : buffer_.bytes_through(index - 1);
    const std::size_t bytes = buffer_.bytes_through(index) - begin;
    return should_rotate(options_.rotation, {.size_bytes = size + begin}, bytes);
  };
  if (!buffer_.is_mid_record() && must_rotate_before(0)) return all;
  std::size_t fits = 1;                   // the first record goes here in any case
  std::size_t count = buffer_.records();  // from here on: a new file; found by halving
  while (fits < count) {
    const std::size_t middle = fits + (count - fits) / 2;
    if (must_rotate_before(middle)) {
      count = middle;
    } else {
      fits = middle + 1;
    }
  }
  return buffer_.bytes_through(fits - 1);
}

void RotatingFileSink::note_written(std::size_t bytes) {
  if (bytes == 0) return;
  buffer_.consume(bytes);
  active_->size_bytes += bytes;
  stats_.bytes_written += bytes;
  ledger_.policy().note_write(bytes, level_max_, clock_.steady_ns());
  if (buffer_.is_empty()) level_max_ = Level::trace;
}

std::error_code RotatingFileSink::note_write_failure(std::error_code error) {
  // A new file is below the limit that this one has reached (RLIMIT_FSIZE, or the file system's).
  if (error == std::errc::file_too_large && active_->size_bytes > 0) is_change_wanted_ = true;
  if (!wants_retry()) {
    failing_since_ns_ = clock_.steady_ns();
    ++stats_.write_errors;
    tell(fmt::format("cannot write: {}; {} records wait", error.message(), buffer_.records()));
  }
  return error;
}

void RotatingFileSink::note_write_recovery() {
  if (!wants_retry()) return;
  const std::chrono::nanoseconds time(clock_.steady_ns() - failing_since_ns_);
  failing_since_ns_ = kNotFailing;
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(time);
  tell(fmt::format("writes again, after {} ms; nothing is lost", milliseconds.count()));
}

std::uint64_t RotatingFileSink::abandon() {
  failing_since_ns_ = kNotFailing;
  level_max_ = Level::trace;
  return buffer_.discard_all();
}

}  // namespace lathe
