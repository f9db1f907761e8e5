// SPDX-License-Identifier: MIT
//
// What a signal handler asks of the kernel. All of it is safe in one.

#pragma once

#include <signal.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace lathe {

// Keeps errno as it was for the code that a handler has interrupted.
class ErrnoKeeper {
 public:
  ErrnoKeeper() noexcept;
  ~ErrnoKeeper();
  ErrnoKeeper(const ErrnoKeeper&) = delete;
  ErrnoKeeper& operator=(const ErrnoKeeper&) = delete;

 private:
  int kept_;
};

// Now on the monotonic clock, nanoseconds.
[[nodiscard]] std::int64_t monotonic_ns() noexcept;

void pause_for(std::chrono::nanoseconds time) noexcept;

// True if the instruction that the signal has come from raises it again when the handler returns.
[[nodiscard]] bool comes_again(const siginfo_t& info) noexcept;

// Lets the signal come to this thread once more, with the same siginfo, when its handler has
// returned to the code that it interrupted.
void send_again(int signal, const siginfo_t& info) noexcept;

// Of an open regular file.
struct RawFile {
  std::uint64_t device;
  std::uint64_t inode;
  std::uint64_t size_bytes;
};
[[nodiscard]] std::optional<RawFile> look_at_file(int descriptor) noexcept;

// True if the file, which may be open for writing alone, holds `bytes` at `offset`; nothing where
// that cannot be found out.
[[nodiscard]] std::optional<bool> holds(int descriptor, std::uint64_t offset,
                                        std::string_view bytes) noexcept;

// One attempt, repeated only if a signal came before the first byte. Returns how many were written;
// none on an error.
[[nodiscard]] std::size_t write_some(int descriptor, std::string_view bytes) noexcept;

// All tested by: CrashCallsTest

}  // namespace lathe
