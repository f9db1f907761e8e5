// SPDX-License-Identifier: MIT
//
// The log calls that are measured, and the text that each of them must leave in the file.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <lathe/logger.hpp>
#include <lathe/macros.hpp>

#include "tools/latency_plan.hpp"

namespace lathe::tools {

// A call's text begins with this, then follow the thread's and the call's number.
inline constexpr std::string_view kMessageStart = "thread ";

// Name of the logger, which tells our records from the backend's own.
inline constexpr std::string_view kLoggerName = "latency";

// The double that a call logs: a new one for each batch, and not a short one. Worked out before the
// clock starts.
[[nodiscard]] inline double value_of(std::uint64_t call) noexcept {
  const std::uint64_t batch = call / kBatchCalls;
  return 1.1 * static_cast<double>(batch);
}

// What is logged: the same number of arguments with either message.
struct NumbersMessage {
  unsigned thread;

  template <class Log>
  void log(const Log& call_log, std::uint64_t call, double value) const noexcept {
    LATHE_INFO(call_log, "thread {} call {} value {}", thread, call, value);
  }
  void log_function(const Logger& call_log, std::uint64_t call, double value) const noexcept {
    call_log.info("thread {} call {} value {}", thread, call, value);
  }
};

struct TextMessage {
  unsigned thread;
  std::string_view text;

  template <class Log>
  void log(const Log& call_log, std::uint64_t call, double) const noexcept {
    LATHE_INFO(call_log, "thread {} call {} value {}", thread, call, text);
  }
  void log_function(const Logger& call_log, std::uint64_t call, double) const noexcept {
    call_log.info("thread {} call {} value {}", thread, call, text);
  }
};

// The forms. Each is called as call(number, value), and inlined into the loop that times it.
template <class Message>
struct FormattedCall {
  Logger log;
  Message message;
  void operator()(std::uint64_t call, double value) const noexcept {
    message.log(log, call, value);
  }
};

template <class Message>
struct FunctionCall {
  Logger log;
  Message message;
  void operator()(std::uint64_t call, double value) const noexcept {
    message.log_function(log, call, value);
  }
};

template <class Message>
struct DeferredCall {
  Logger log;
  Message message;
  void operator()(std::uint64_t call, double value) const noexcept {
    message.log(log.deferred(), call, value);
  }
};

// Nothing, with the same arguments: what is left is the measurement.
struct EmptyCall {
  void operator()(std::uint64_t call, double value) const noexcept {
    asm volatile("" : : "r"(call), "m"(value));
  }
};

// Text of the given length that does not compress to nothing.
[[nodiscard]] inline std::string sample_text(std::uint64_t bytes) {
  std::string text;
  while (text.size() < bytes) {
    text += "Lorem ipsum dolor sit amet, consectetur ";
  }
  text.resize(bytes);
  if (!text.empty() && text.back() == ' ') {
    text.back() = '.';  // a line that ends with a blank looks torn to people
  }
  return text;
}

// What the file must have behind the line's head. `text` is empty for numbers.
inline void append_message(std::string& line, unsigned thread, std::uint64_t call,
                           std::string_view text) {
  if (text.empty()) {
    fmt::format_to(std::back_inserter(line), "thread {} call {} value {}", thread, call,
                   value_of(call));
  } else {
    fmt::format_to(std::back_inserter(line), "thread {} call {} value {}", thread, call, text);
  }
}

}  // namespace lathe::tools
