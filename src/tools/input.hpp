// SPDX-License-Identifier: MIT
//
// Standard input as `lathe pipe` sees it: bytes, with requests of the supervisor in between. Does
// not know lines.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace lathe::tools {

// What is written to the request descriptor, one byte each.
enum class Request : std::uint8_t { rotate = 'r', stop = 's' };

enum class Event : std::uint8_t { bytes, rotate, end };

struct Arrival {
  Event event;
  std::size_t count;  // of bytes
};

// Reads one descriptor and listens to another one meanwhile.
//
// Threads:   thread-compatible
// Lifetime:  both descriptors belong to somebody else. Neither is made non-blocking: standard
//            input may be shared with other processes.
// Errors:    std::system_error that names standard input
class Input {
 public:
  Input(int data, int requests) : data_(data), requests_(requests) {}

  // Waits for bytes, which it puts into `room`, or for a request. After Request::stop it returns
  // what lay in the pipe at that moment, then Event::end; it does not wait for more, however much
  // the other end goes on writing.
  [[nodiscard]] Arrival next(std::span<char> room);

  // True once Request::stop has come, be it before or after the end. Does not wait, and takes
  // Request::rotate for done: call it after the end only.
  [[nodiscard]] bool is_stopped();

 private:
  [[nodiscard]] std::optional<Request> wait();
  [[nodiscard]] std::optional<Request> take_request();

  int data_;
  int requests_;
  std::optional<std::size_t> left_;  // once stopped: bytes to read before the end
};

}  // namespace lathe::tools
