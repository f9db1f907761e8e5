// SPDX-License-Identifier: MIT
//
// Construction, writing, end. Rotation is in rotating_file_change.cpp, what the janitor does in
// rotating_file_upkeep.cpp.

#include "sink/rotating_file_sink.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "core/calendar.hpp"
#include "core/options_check.hpp"
#include "os/compressor.hpp"
#include "os/file_size_limit.hpp"
#include "os/thread.hpp"

namespace lathe {
namespace {

RotatingFileOptions checked(RotatingFileOptions options) {
  check_options(options);
  const auto codec = codec_of(options.compression);
  if (codec && !is_built_in(*codec)) {
    throw OptionError("compression", *codec == Codec::gzip
                                         ? "gzip: this lathe was built without zlib"
                                         : "zstd: this lathe was built without libzstd");
  }
  // The kernel would take a part of a record, and nothing more for ever.
  options.rotation.size_bytes_max = within_file_size_limit(options.rotation.size_bytes_max);
  return options;
}

PatternOptions pattern_options(const RotatingFileOptions& options) {
  return {.field_name = "pattern",
          .time_zone = options.time_zone,
          .escape = options.escape,
          .line_end = options.line_end,
          .process_id = current_process_id()};
}

// Set within a scope, however that is left.
class FlagScope {
 public:
  explicit FlagScope(bool& flag) noexcept : flag_(flag) { flag_ = true; }
  ~FlagScope() { flag_ = false; }
  FlagScope(const FlagScope&) = delete;
  FlagScope& operator=(const FlagScope&) = delete;

 private:
  bool& flag_;
};

std::optional<BackupName> find_last_backup(const LogPlace& place) {
  const LastBackup last = place.find_last_backup();
  if (last.failure) {
    throw std::system_error(last.failure.error,
                            place.names().path + ": cannot " + last.failure.step);
  }
  return last.name;
}

}  // namespace

RotatingFileSink::RotatingFileSink(RotatingFileOptions options, FileSystem& file_system,
                                   const Clock& clock)
    : options_(checked(std::move(options))),
      clock_(clock),
      level_min_(options_.level_min),
      pattern_(options_.pattern, pattern_options(options_)),
      frame_(options_, current_process_id()),
      schedule_(options_.rotation, zone_offset(options_.rotation.time_zone)),
      place_(std::make_shared<const LogPlace>(options_, file_system)),
      turn_(place_->open_turn()),
      active_(open_active()),
      unmended_(active_->size_bytes > 0 ? active_ : nullptr),
      rotator_(place_, find_last_backup(*place_)),
      ledger_(options_.sync, options_.compression == Compression::none),
      hooks_(options_.hooks, port_),
      upkeep_plan_(make_upkeep_plan(options_, place_, clock)) {
  look_at_ns_ = clock_.steady_ns() + kLookIntervalNs;
  const bool has_content = active_->size_bytes > 0;
  schedule_.start(clock_.wall_ns(),
                  has_content ? std::optional(active_->identity.modified_ns) : std::nullopt);
}

std::shared_ptr<LogFile> RotatingFileSink::open_active() {
  if (const std::error_code error = turn_.take()) {
    throw std::system_error(error, options_.path + ": cannot lock " + place_->names().turn);
  }
  place_->repair();
  std::shared_ptr<LogFile> opened = place_->open_active();
  turn_.give_back();
  return opened;
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
  is_closing_ = true;
  port_.end_posting();  // those who would do it are gone
  const bool is_written = !drain();
  if (const std::uint64_t lost = abandon(); lost > 0) {
    tell(fmt::format("{} records were not written before the end", lost));
  }
  if (is_written && ledger_.has_policy()) (void)sync();  // counted and told there
  if (!turn_.take()) {
    if (const Failure failure = rotator_.remove_next()) tell("cannot " + failure.text());
  }
  turn_.give_back();
  const Unsynced::Suspect suspect = ledger_.unsynced().suspect();
  give_up_suspect(suspect.kept_records + suspect.other_records,
                  suspect.kept_bytes + suspect.other_bytes);
  std::vector<std::shared_ptr<LogFile>> files = ledger_.take_held();
  files.push_back(active_);
  for (const auto& log_file : files) {
    // Only disk space, and that of the active file is taken again by whoever continues it.
    if (options_.preallocate) (void)log_file->file->release_preallocated();
    const std::error_code error = log_file->file->close();
    if (!error) continue;
    ++stats_.write_errors;
    tell("cannot close: " + error.message());
  }
  // The end of the background thread may have cut a pass off: the limits hold at the end, too.
  if (upkeep_plan_ != nullptr) take_upkeep(keep_up(*upkeep_plan_, {}, false, {}));
}

void RotatingFileSink::attach(SinkHost& host) {
  port_.attach(host);
  journal_.use(host.journal(*this), buffer_);
  journal_.set_file(*active_);
  for (const std::string& text : told_) tell(text);
  if (options_.preallocate && active_->size_bytes == 0) {
    const std::error_code error = active_->file->preallocate(options_.rotation.size_bytes_max);
    if (error && error != std::errc::not_supported) {
      tell("cannot preallocate: " + error.message());
    }
  }
  if (active_->size_bytes == 0) hooks_.file_opened(options_.path);
  post_prepare_next();
  const RotationOptions& rotation = options_.rotation;
  if (rotation.on_open && active_->size_bytes >= rotation.on_open_bytes_min) {
    is_change_wanted_ = true;
  }
  change_if_due();
  post_upkeep();
}

std::error_code RotatingFileSink::write(std::span<const Record> batch) {
  const BatchPlace place = journal_.place();
  std::uint32_t mark = place.first_record;  // records of the pass up to this one
  const GateScope inside(journal_.gate());
  journal_.begin_batch(buffer_);
  for (const Record& record : batch) {
    mark += place.is_numbered ? 1 : 0;
    if (record.level < level_min_) continue;
    const std::size_t bytes_max = pattern_.bound(record);
    char* out = buffer_.room(bytes_max);
    if (out == nullptr) [[unlikely]]
      out = make_room(bytes_max);
    buffer_.commit(pattern_.render(record, out), mark);
    if (skip_bytes_ != 0) [[unlikely]]
      buffer_.consume(std::min(std::exchange(skip_bytes_, 0), buffer_.size_bytes()));
    level_max_ = std::max(level_max_, record.level);
  }
  given_ = port_.position();
  return {};
}

// While writes fail, the rest of the batch is kept in memory; flush() tells, and the backend takes
// no more records until it succeeds.
char* RotatingFileSink::make_room(std::size_t bytes) {
  const GatePause outside(journal_.gate());  // write() is inside
  if (!wants_retry()) (void)drain();         // a failure is remembered: see wants_retry()
  char* out = buffer_.room(bytes);
  return out != nullptr ? out : buffer_.grow(bytes);
}

std::error_code RotatingFileSink::flush() {
  const std::error_code error = drain();
  if (!error) start_due_sync();
  return error;
}

std::error_code RotatingFileSink::drain() {
  if (!buffer_.is_empty()) {
    if (const std::error_code error = begin_turn()) return note_write_failure(error);
    const std::error_code error = drain_in_turn();
    end_turn();
    if (error) return error;
  }
  note_write_recovery();
  written_ = given_;  // within write() that is the end of the batch before
  return {};
}

std::error_code RotatingFileSink::drain_in_turn() {
  const FlagScope draining(is_draining_);
  while (!buffer_.is_empty()) {
    // A change that fails is told and counted there; the old file grows, then.
    if (is_change_due() && !change_file()) continue;
    const WriteResult result = write_next();
    if (result.error) return note_write_failure(result.error);
    if (result.written_bytes == 0) {
      return note_write_failure(std::make_error_code(std::errc::io_error));  // and would for ever
    }
  }
  return {};
}

WriteResult RotatingFileSink::write_next() {
  std::string_view bytes = next_bytes();
  const bool is_header = !header_rest_.empty();
  WriteResult result;
  {
    const GateScope inside(journal_.gate());
    if (!is_header) bytes = bytes.substr(0, journal_.before_write(buffer_, bytes.size(), *active_));
    result = active_->file->write(bytes);
  }
  note_written(result.written_bytes);  // outside, for it takes memory
  if (!is_header) journal_.after_write(buffer_, *active_);
  return result;
}

// The header, if the file is to begin with one, or as many records as fit.
std::string_view RotatingFileSink::next_bytes() {
  if (frame_.has_header() && active_->size_bytes == 0) {
    header_rest_ = frame_.header(clock_.wall_ns());
  }
  if (unmended_ != nullptr) end_torn_line();
  if (!header_rest_.empty()) return header_rest_;
  return buffer_.front(bytes_for_active_file());
}

// True if the file ends within a line: nothing else may be done to it, then.
bool RotatingFileSink::is_mid_line() const noexcept {
  return buffer_.is_mid_record() || !header_rest_.empty();
}

// As many records as fit, and at least one; all of them where a rotation is due but has failed.
std::size_t RotatingFileSink::bytes_for_active_file() const {
  const std::size_t all = buffer_.size_bytes();
  if (options_.rotation.size_bytes_max == 0) return all;
  const std::uint64_t size = active_->size_bytes;
  const auto must_rotate_before = [&](std::size_t index) {
    const std::size_t begin = index == 0 ? 0 : buffer_.bytes_through(index - 1);
    const std::size_t bytes = buffer_.bytes_through(index) - begin;
    return should_rotate(options_.rotation, active_file(size + begin), bytes);
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
  Level level = level_max_;
  if (!header_rest_.empty()) {
    header_rest_.erase(0, bytes);
    active_->header_bytes += bytes;
    level = Level::trace;
  } else {
    ledger_.unsynced().add(active_, buffer_, bytes, written_);
    buffer_.consume(bytes);
  }
  note_appended(bytes, level);
  if (buffer_.is_empty()) level_max_ = Level::trace;
}

void RotatingFileSink::note_appended(std::size_t bytes, Level level) {
  active_->size_bytes += bytes;
  stats_.bytes_written += bytes;
  ledger_.policy().note_write(bytes, level, clock_.steady_ns());
}

}  // namespace lathe
