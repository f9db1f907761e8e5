// SPDX-License-Identifier: MIT
//
// CrashRow: the backends of this process, for a crash handler to find.

#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "engine/crash_drain.hpp"

namespace lathe {

// A backend is in the row from the end of its construction to the end of its drain.
//
// Edges: H  R: enter(), leave(), begin(), end()  A: the same: whoever comes second sees the other
//
// Threads:   thread-safe; begin, drain_all and end in a signal handler, one at a time
// Tested by: CrashHandlerTest
class CrashRow {
 public:
  // Arbitrary: a few would do. A backend beyond is not served by the handler.
  static constexpr std::size_t kSize = 64;

  static CrashRow& instance() noexcept;

  void enter(CrashDrain& drain) noexcept;

  // When it returns, no handler uses it any more.
  void leave(CrashDrain& drain) noexcept;

  // Has all of them write what is queued until `until_ns` on the monotonic clock; those that do not
  // within half of that time, the handler drains itself. Says on stderr what is not written.
  void drain_all(CrashScratch& scratch, std::int64_t until_ns) noexcept;

 private:
  [[nodiscard]] CrashDrain* find(std::size_t index) noexcept;
  void end() noexcept;

  std::array<std::atomic<CrashDrain*>, kSize> entries_{};
  std::atomic<std::uint32_t> is_draining_{0};
};

}  // namespace lathe
