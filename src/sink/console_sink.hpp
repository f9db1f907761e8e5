// SPDX-License-Identifier: MIT
//
// ConsoleSink: records to standard output or standard error.

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>

#include <lathe/options.hpp>
#include <lathe/sink.hpp>

#include "core/pattern.hpp"
#include "os/clock.hpp"
#include "os/output_stream.hpp"
#include "sink/host_port.hpp"
#include "sink/record_buffer.hpp"

namespace lathe {

// The environment variables that say something about colour; nothing where they are not set.
struct ConsoleEnvironment {
  std::optional<std::string> no_color = std::nullopt;  // NO_COLOR
  std::optional<std::string> term = std::nullopt;      // TERM
};

[[nodiscard]] ConsoleEnvironment read_console_environment();

// `automatic` means: on a terminal, unless NO_COLOR has any text in it or TERM is "dumb".
//
// Tested by: ConsoleColourTest
[[nodiscard]] bool wants_colour(Colour colour, bool is_terminal,
                                const ConsoleEnvironment& environment) noexcept;

// What sets the terminal to a level's colour, and what sets it back. The whole line is coloured:
// it is found at a glance, and needs nothing of the pattern. info has no colour.
[[nodiscard]] std::string_view colour_begin(Level level) noexcept;
inline constexpr std::string_view kColourEnd = "\x1b[0m";

// Writes straight to the descriptor, one block at a time.
//
// A console is read by people and must not hold up the other sinks. A stream that takes nothing
// for kWaitMax loses the records that wait, but never a part of one, and is not waited for again
// until it takes something; a pipe that nobody reads any more is told once, and what comes after
// that is counted without another try.
//
// Threads:   backend thread only
// Errors:    the constructor throws OptionError
// Tested by: ConsoleSinkTest
class ConsoleSink final : public Sink {
 public:
  // For one flush. Long enough for a terminal that is being resized or scrolled; arbitrary.
  static constexpr std::chrono::milliseconds kWaitMax{100};

  ConsoleSink(ConsoleOptions options, std::unique_ptr<OutputStream> stream, const Clock& clock,
              const ConsoleEnvironment& environment);

  void attach(SinkHost& host) override { port_.attach(host); }
  std::error_code write(std::span<const Record> batch) override;
  std::error_code flush() override;
  std::error_code sync() override { return flush(); }  // a terminal has nothing more durable
  std::uint64_t abandon() override { return buffer_.discard_all(); }
  [[nodiscard]] SinkStats stats() const override { return stats_; }

 private:
  [[nodiscard]] char* make_room(std::size_t bytes);
  [[nodiscard]] std::error_code drain();
  std::error_code give_up(std::error_code error);

  // Constant after construction.
  Level level_min_;
  const Clock& clock_;
  bool has_colour_;

  // Backend thread only.
  Pattern pattern_;
  std::unique_ptr<OutputStream> stream_;
  HostPort port_;
  RecordBuffer buffer_;
  std::error_code kept_error_;  // of a drain inside write(), for the next flush()
  bool is_broken_ = false;      // nobody reads
  bool is_stuck_ = false;       // the last wait was in vain: try, but do not wait again
  SinkStats stats_;
};

}  // namespace lathe
