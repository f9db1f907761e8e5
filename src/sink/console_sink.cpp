// SPDX-License-Identifier: MIT

#include "sink/console_sink.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "core/options_check.hpp"
#include "os/thread.hpp"

namespace lathe {
namespace {

// Bytes that colour adds to a line at most.
constexpr std::size_t kColourBytesMax = 16;

constexpr char kLineEnd = '\n';

const ConsoleOptions& checked(const ConsoleOptions& options) {
  check_options(options);
  return options;
}

// The line end is ours, since the colour ends before it.
PatternOptions pattern_options(const ConsoleOptions& options) {
  return {.field_name = "pattern",
          .time_zone = options.time_zone,
          .escape = options.escape,
          .line_end = "",
          .process_id = current_process_id()};
}

char* append(std::string_view text, char* out) noexcept {
  return std::copy(text.begin(), text.end(), out);
}

std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

ConsoleEnvironment read_console_environment() {
  return {.no_color = variable("NO_COLOR"), .term = variable("TERM")};
}

bool wants_colour(Colour colour, bool is_terminal, const ConsoleEnvironment& environment) noexcept {
  if (colour != Colour::automatic) return colour == Colour::always;
  const bool is_refused = environment.no_color && !environment.no_color->empty();
  const bool is_dumb = environment.term && *environment.term == "dumb";
  return is_terminal && !is_refused && !is_dumb;
}

std::string_view colour_begin(Level level) noexcept {
  switch (level) {
    case Level::trace:
      return "\x1b[2m";  // faint
    case Level::debug:
      return "\x1b[36m";  // cyan
    case Level::warn:
      return "\x1b[33m";  // yellow
    case Level::error:
      return "\x1b[31m";  // red
    case Level::critical:
      return "\x1b[1;31m";  // bold red
    case Level::info:
    case Level::off:
      break;
  }
  return "";
}

ConsoleSink::ConsoleSink(ConsoleOptions options, std::unique_ptr<OutputStream> stream,
                         const Clock& clock, const ConsoleEnvironment& environment)
    : level_min_(checked(options).level_min),
      clock_(clock),
      has_colour_(wants_colour(options.colour, stream->is_terminal(), environment)),
      pattern_(options.pattern, pattern_options(options)),
      stream_(std::move(stream)) {}

std::error_code ConsoleSink::write(std::span<const Record> batch) {
  for (const Record& record : batch) {
    if (record.level < level_min_) continue;
    const std::size_t bytes_max = pattern_.bound(record) + kColourBytesMax;
    char* out = buffer_.room(bytes_max);
    if (out == nullptr) out = make_room(bytes_max);
    const std::string_view begin = has_colour_ ? colour_begin(record.level) : std::string_view();
    char* end = pattern_.render(record, append(begin, out));
    if (!begin.empty()) end = append(kColourEnd, end);
    *end++ = kLineEnd;
    buffer_.commit(end);
  }
  return {};
}

char* ConsoleSink::make_room(std::size_t bytes) {
  if (const std::error_code error = drain()) kept_error_ = error;
  char* out = buffer_.room(bytes);
  return out != nullptr ? out : buffer_.grow(bytes);
}

std::error_code ConsoleSink::flush() {
  const std::error_code error = drain();
  const std::error_code kept = std::exchange(kept_error_, {});
  return error ? error : kept;
}

std::error_code ConsoleSink::drain() {
  if (is_broken_ && !buffer_.is_empty()) {
    ++stats_.write_errors;
    (void)buffer_.discard_all();  // counted; it was told when it broke
  }
  const std::chrono::nanoseconds wait_max = is_stuck_ ? std::chrono::milliseconds(0) : kWaitMax;
  const std::int64_t deadline_ns = clock_.steady_ns() + wait_max.count();
  while (!buffer_.is_empty()) {
    const WriteResult result = stream_->write(buffer_.front(buffer_.size_bytes()));
    buffer_.consume(result.written_bytes);
    stats_.bytes_written += result.written_bytes;
    if (result.written_bytes > 0) {
      is_stuck_ = false;
      continue;
    }
    // A write of nothing without an error: wait like for a full stream, so that it ends.
    const bool is_full = !result.error || result.error == std::errc::resource_unavailable_try_again;
    if (!is_full) return give_up(result.error);
    const std::chrono::nanoseconds left(deadline_ns - clock_.steady_ns());
    const auto wait = std::chrono::ceil<std::chrono::milliseconds>(left);
    const std::error_code error = left.count() <= 0 ? std::make_error_code(std::errc::timed_out)
                                                    : stream_->wait_writable(wait);
    if (error) return give_up(error);
  }
  return {};
}

// The rest of a record that was begun is kept, so that the next line does not start inside it.
std::error_code ConsoleSink::give_up(std::error_code error) {
  ++stats_.write_errors;
  is_broken_ = error == std::errc::broken_pipe;
  is_stuck_ = error == std::errc::timed_out;
  const std::size_t lost = is_broken_ ? buffer_.discard_all() : buffer_.discard_whole_records();
  port_.tell(fmt::format("console: cannot write: {}; {} records lost", error.message(), lost));
  return error;
}

}  // namespace lathe
