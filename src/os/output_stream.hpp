// SPDX-License-Identifier: MIT
//
// OutputStream: the seam for standard output and standard error.

#pragma once

#include <chrono>
#include <memory>
#include <string_view>
#include <system_error>

#include "os/file_system.hpp"

namespace lathe {

// A descriptor that the process was started with: it belongs to everybody, is never closed here,
// and may be non-blocking because somebody else's end of it is.
//
// Threads:   one thread at a time
// Tested by: OutputStreamTest
class OutputStream {
 public:
  virtual ~OutputStream() = default;

  // One attempt, which does not wait: errc::resource_unavailable_try_again where the stream takes
  // no more now, blocking or not, errc::broken_pipe where nobody reads it; neither raises a signal.
  [[nodiscard]] virtual WriteResult write(std::string_view bytes) = 0;

  // Waits until it takes bytes again, or errc::timed_out.
  [[nodiscard]] virtual std::error_code wait_writable(std::chrono::milliseconds timeout) = 0;

  [[nodiscard]] virtual bool is_terminal() const = 0;
};

[[nodiscard]] std::unique_ptr<OutputStream> standard_output();
[[nodiscard]] std::unique_ptr<OutputStream> standard_error();

// The same for a descriptor of the caller's, who keeps it open.
[[nodiscard]] std::unique_ptr<OutputStream> make_output_stream(int descriptor);

}  // namespace lathe
