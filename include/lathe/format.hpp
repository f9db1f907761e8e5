// SPDX-License-Identifier: MIT
//
// What a log call is made of on its way to the queue: the format string with its place in the
// source, and the record as bytes. Programs name nothing of this but FormatString.

#pragma once

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include <lathe/fast_format.hpp>
#include <lathe/level.hpp>
#include <lathe/queue_front.hpp>

#pragma GCC visibility push(default)

namespace lathe {

// A format string, checked against its arguments at compile time, and the place of the log call.
// The default arguments are evaluated where the log call stands. (std::source_location is empty
// with clang 14 and libstdc++ 12; the built-ins exist in both compilers.)
//
// For a format string that is known only at run time: log.info(fmt::runtime(text), ...).
template <class... Args>
struct BasicFormatString {
  template <class Text>
  requires std::convertible_to<const Text&, std::string_view>
  consteval BasicFormatString(const Text& text_, const char* path_ = __builtin_FILE(),
                              unsigned line_ = __builtin_LINE()) noexcept
      : text(text_),
        path(path_),
        line(line_),
        plain((is_fast_argument<std::remove_cvref_t<Args>> && ...) &&
              count_plain_fields(text_) == sizeof...(Args)) {}

  BasicFormatString(decltype(fmt::runtime("")) text_, const char* path_ = __builtin_FILE(),
                    unsigned line_ = __builtin_LINE()) noexcept
      : text(text_), path(path_), line(line_), lasting(false) {}

  fmt::format_string<Args...> text;
  const char* path;
  unsigned line;
  bool plain = false;   // may be written by write_plain()
  bool lasting = true;  // the text is a constant of the program, so it may be kept by address
};
template <class... Args>
using FormatString = BasicFormatString<std::type_identity_t<Args>...>;

// Formats packed arguments (see deferred.hpp) with `format`; runs on the backend thread. Reads
// nothing behind `end`, whatever the bytes are: they may come from a damaged spool.
using DecodeFunction = void (*)(const std::byte* payload, const std::byte* end,
                                fmt::string_view format, fmt::memory_buffer& out);

// One place in the source that logs: a constant-initialised static of a macro. It registers itself
// on its first call, so that a record needs only a number, and so that the number stays valid
// after the object file that held the place was unloaded.
struct Site {
  const char* path;
  unsigned line;
  std::atomic<std::uint32_t> id{0};  // 0: not registered yet; edge I
};

// Number of a place that could not be registered: no memory, or 65,535 places already. A call from
// there is formatted at once, since nothing would know how to format it later.
inline constexpr std::uint32_t kUnknownSite = 1;

// Registers `site` (once, whoever comes first) and returns its number. Never throws; without
// memory it returns kUnknownSite.
std::uint32_t register_site(Site& site, DecodeFunction decode) noexcept;

// The same for a function call, whose place is found again in a small cache of the thread.
std::uint32_t find_site(const char* path, unsigned line, DecodeFunction decode,
                        fmt::string_view format) noexcept;

// Stamps a finished record (header fields site, level, kind and size set) and puts it in the
// calling thread's queue, with padding to a multiple of 8: `record` must have 7 bytes of room
// behind it. Applies the overflow policy. Never throws.
void submit(LoggerState& logger, std::byte* record, std::size_t size_bytes) noexcept;

// Memory of the calling thread for one record at a time that is too long for the stack: kept
// between calls up to 64 KiB, so that long messages do not allocate each time.
[[nodiscard]] void* acquire_scratch(std::size_t size_bytes);  // throws std::bad_alloc
void release_scratch(void* memory, std::size_t size_bytes) noexcept;

template <class T>
struct ScratchAllocator {
  using value_type = T;
  T* allocate(std::size_t count) { return static_cast<T*>(acquire_scratch(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t count) noexcept {
    release_scratch(memory, count * sizeof(T));
  }
};

// A text record while it is being formatted: room for the header, then the message.
class TextLine {
 public:
  // Messages up to about this many bytes are formatted on the stack.
  static constexpr std::size_t kStackBytes = 1024;

  TextLine() { buffer_.resize(sizeof(RecordHeader)); }

  [[nodiscard]] fmt::appender out() noexcept { return fmt::appender(buffer_); }

  // Call from a catch block: the message becomes a note of what the formatter threw.
  void note_exception(fmt::string_view format) noexcept;

  void submit(LoggerState& logger, Level level, std::uint32_t site) noexcept;

 private:
  fmt::basic_memory_buffer<char, kStackBytes, ScratchAllocator<char>> buffer_;
};

// The function form behind Logger::info and its kin.
void log_text(LoggerState& logger, Level level, const char* path, unsigned line,
              fmt::string_view format, fmt::format_args args) noexcept;

// The same for a macro's call that cannot go the short way just now. The format is read once more,
// at run time: compiled for the short way and for this one, it would take the compiler half as long
// again, and the program 300 bytes more a call.
[[gnu::cold]] void log_text(LoggerState& logger, Level level, Site& site, fmt::string_view format,
                            fmt::format_args args) noexcept;

// Bytes of a message at most, or kTooLong if an argument has more than the short way is good for.
inline constexpr std::size_t kTooLong = SIZE_MAX;
template <std::size_t kCount>
[[nodiscard]] std::size_t message_room(const std::array<std::size_t, kCount>& bytes,
                                       std::size_t literal_bytes) noexcept {
  std::size_t room = literal_bytes;
  for (const std::size_t each : bytes) {
    if (each > TextLine::kStackBytes) [[unlikely]] {
      return kTooLong;
    }
    room += each;
  }
  return room;
}

// Formats the usual call right into the queue; see fast_format.hpp. Returns false, with nothing
// done, if the message is too long for it, or find_queue() finds none.
template <class Format, class... Args>
[[nodiscard]] bool log_fast(LoggerState& logger, Level level, std::uint32_t site,
                            const Args&... args) noexcept {
  const std::array<std::size_t, sizeof...(Args) + 1> bytes{argument_bytes(args)..., 0};
  const std::size_t room = message_room(bytes, FormatText<Format>::kLiteralBytes);
  if (room == kTooLong) [[unlikely]] {
    return false;
  }
  QueueFront* const queue = find_queue(logger, level, sizeof(RecordHeader) + room);
  if (queue == nullptr) [[unlikely]] {
    return false;
  }
  char* const text = reinterpret_cast<char*>(queue->next) + sizeof(RecordHeader);
  const char* const end = write_fast<Format>(text, bytes, args...);
  submit_in_place(logger, *queue, sizeof(RecordHeader) + static_cast<std::size_t>(end - text), site,
                  level, RecordKind::text);
  return true;
}

// The same for a function's call whose format is plain.
template <class... Args>
[[nodiscard]] bool log_plain(LoggerState& logger, Level level, const char* path, unsigned line,
                             std::string_view format, const Args&... args) noexcept {
  const std::array<std::size_t, sizeof...(Args) + 1> bytes{argument_bytes(args)..., 0};
  const std::size_t room = message_room(bytes, format.size());
  if (room == kTooLong) [[unlikely]] {
    return false;
  }
  const std::uint32_t site = find_site(path, line, nullptr, {});
  QueueFront* const queue = find_queue(logger, level, sizeof(RecordHeader) + room);
  if (queue == nullptr) [[unlikely]] {
    return false;
  }
  char* const text = reinterpret_cast<char*>(queue->next) + sizeof(RecordHeader);
  const char* const end = write_plain(text, format, bytes, args...);
  submit_in_place(logger, *queue, sizeof(RecordHeader) + static_cast<std::size_t>(end - text), site,
                  level, RecordKind::text);
  return true;
}

// Formats a macro's call with its compiled format string.
template <class Format, class... Args>
void log_compiled(LoggerState& logger, Level level, Site& site, const Format& format,
                  const Args&... args) noexcept {
  std::uint32_t id = site.id.load(std::memory_order_acquire);  // A:I
  if (id == 0) [[unlikely]] {
    id = register_site(site, nullptr);
  }
  if constexpr (is_fast_call<Format, Args...>) {
    if (!log_fast<Format>(logger, level, id, args...)) [[unlikely]] {
      log_text(logger, level, site, static_cast<fmt::string_view>(format),
               fmt::make_format_args(args...));
    }
  } else {
    TextLine line;
    try {
      fmt::format_to(line.out(), format, args...);
    } catch (...) {
      line.note_exception(static_cast<fmt::string_view>(format));
    }
    line.submit(logger, level, id);
  }
}

}  // namespace lathe

#pragma GCC visibility pop
