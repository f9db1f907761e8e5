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
#include <lathe/format_fields.hpp>
#include <lathe/level.hpp>
#include <lathe/queue_front.hpp>
#include <lathe/site.hpp>

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
              split_format(std::string_view(text_).data(), std::string_view(text_).size()).fields ==
                  sizeof...(Args)) {}

  BasicFormatString(decltype(fmt::runtime("")) text_, const char* path_ = __builtin_FILE(),
                    unsigned line_ = __builtin_LINE()) noexcept
      : text(text_), path(path_), line(line_), lasting(false) {}

  fmt::format_string<Args...> text;
  const char* path;
  unsigned line;
  bool plain = false;   // may be written by log_plain()
  bool lasting = true;  // the text is a constant of the program, so it may be kept by address
};
template <class... Args>
using FormatString = BasicFormatString<std::type_identity_t<Args>...>;

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

  using Buffer = fmt::basic_memory_buffer<char, kStackBytes, ScratchAllocator<char>>;
  [[nodiscard]] Buffer& buffer() noexcept { return buffer_; }
  [[nodiscard]] fmt::appender out() noexcept { return fmt::appender(buffer_); }

  // Call from a catch block: the message becomes a note of what the formatter threw.
  void note_exception(fmt::string_view format) noexcept;

  void submit(LoggerState& logger, Level level, std::uint32_t site) noexcept {
    const std::size_t size_bytes = buffer_.size();
    QueueFront* const queue = find_room(logger, level, size_bytes);
    if (queue == nullptr) [[unlikely]] {
      submit_slow(logger, level, site);
      return;
    }
    std::memcpy(queue->next + sizeof(RecordHeader), buffer_.data() + sizeof(RecordHeader),
                size_bytes - sizeof(RecordHeader));
    submit_in_place(logger, *queue, size_bytes, site, level, RecordKind::text);
  }

 private:
  void submit_slow(LoggerState& logger, Level level, std::uint32_t site) noexcept;

  Buffer buffer_;
};

// The function form behind Logger::info and its kin.
void log_text(LoggerState& logger, Level level, const char* path, unsigned line,
              fmt::string_view format, fmt::format_args args) noexcept;

// The same for a call that cannot go the short way just now. Its format is read again, at run time.
[[gnu::cold]] void log_text(LoggerState& logger, Level level, const Site& site,
                            fmt::format_args args) noexcept;

// fmt::vformat_to, compiled once and not in every file that logs: it takes a compiler 2 s.
void append_formatted(fmt::memory_buffer& out, fmt::string_view format, fmt::format_args args);

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

// Where log_pieces() finds no way. A function of its own, so that the usual way need not have the
// arguments in memory.
template <class... Args>
[[gnu::noinline, gnu::cold]] void log_pieces_slow(LoggerState& logger, Level level,
                                                  const Site& site, Args... args) noexcept {
  lathe::log_text(logger, level, site, fmt::make_format_args(args...));
}

// Between the two: looks at the queue's limit. Not far from log_pieces(), and small: see
// renew_limit().
template <class... Args>
[[gnu::noinline]] void log_pieces_renewed(LoggerState& logger, Level level, const Site& site,
                                          Args... args) noexcept;

// Formats the usual call right into the queue; see fast_format.hpp. One for all macro calls with
// the same kinds of arguments, as pass_argument() makes them: inline, it would take the compiler
// five times as long as all of the call does now, and the program 600 bytes a call.
template <class... Args>
[[gnu::noinline]] void log_pieces(LoggerState& logger, Level level, const Site& site,
                                  Args... args) noexcept {
  const std::uint32_t id = site.id.load(std::memory_order_acquire);  // A:I
  const std::array<std::size_t, sizeof...(Args) + 1> bytes{argument_bytes(args)...,
                                                           FormatPieces::kBlockBytes};
  const std::size_t room = message_room(bytes, site.format.literal_bytes);
  QueueFront* const queue =
      id == 0 || room == kTooLong ? nullptr : find_room(logger, level, sizeof(RecordHeader) + room);
  if (queue == nullptr) [[unlikely]] {
    log_pieces_renewed<Args...>(logger, level, site, args...);
    return;
  }
  char* const text = reinterpret_cast<char*>(queue->next) + sizeof(RecordHeader);
  const char* const end = lathe::write_pieces(text, site.format, bytes, args...);
  submit_in_place(logger, *queue, sizeof(RecordHeader) + static_cast<std::size_t>(end - text), id,
                  level, RecordKind::text);
}

template <class... Args>
void log_pieces_renewed(LoggerState& logger, Level level, const Site& site, Args... args) noexcept {
  const std::array<std::size_t, sizeof...(Args) + 1> bytes{argument_bytes(args)...,
                                                           FormatPieces::kBlockBytes};
  const std::size_t room = message_room(bytes, site.format.literal_bytes);
  if (site.id.load(std::memory_order_relaxed) != 0 &&
      room != kTooLong &&  // log_pieces() acquires it
      renew_room(logger, level, sizeof(RecordHeader) + room)) {
    log_pieces<Args...>(logger, level, site, args...);
  } else {
    log_pieces_slow<Args...>(logger, level, site, args...);
  }
}

// The same for a function's call whose format is a constant and plain.
template <class... Args>
[[gnu::noinline]] void log_plain(LoggerState& logger, Level level, const char* path, unsigned line,
                                 fmt::string_view format, Args... args) noexcept {
  const Site& site = lathe::find_site(path, line, nullptr, format);
  if (site.id.load(std::memory_order_relaxed) > kUnknownSite) [[likely]] {  // see find_site
    log_pieces<Args...>(logger, level, site, args...);
  } else {
    lathe::log_text(logger, level, path, line, format, fmt::make_format_args(args...));
  }
}

// The same for a macro's call whose fields have specifications.
template <class... Args>
[[gnu::noinline]] void log_fields(LoggerState& logger, Level level, const Site& site,
                                  const FieldPlan<Args...>& plan, Args... args) noexcept {
  std::uint32_t id = site.id.load(std::memory_order_acquire);  // A:I
  if (id == 0) [[unlikely]] {
    id = lathe::register_site(site, nullptr);
  }
  TextLine line;
  try {
    lathe::append_fields(line.buffer(), plan, args...);
  } catch (...) {
    line.note_exception(site.format.view());
  }
  line.submit(logger, level, id);
}

template <class T>
[[nodiscard]] decltype(auto) fmt_argument(const T& value) noexcept {
  if constexpr (std::is_null_pointer_v<T>) {
    return static_cast<const void*>(nullptr);  // see pass_argument()
  } else {
    return (value);
  }
}

// The same for a macro's call with other arguments (types with a formatter of their own, pointers)
// or other fields ("{0}", "{:{}}"): fmt's compiled format, in each call.
template <class Format, class... Args>
void log_compiled(LoggerState& logger, Level level, const Site& site, const Format& format,
                  const Args&... args) noexcept {
  std::uint32_t id = site.id.load(std::memory_order_acquire);  // A:I
  if (id == 0) [[unlikely]] {
    id = lathe::register_site(site, nullptr);
  }
  TextLine line;
  try {
    fmt::format_to(line.out(), format, lathe::fmt_argument(args)...);
  } catch (...) {
    line.note_exception(site.format.view());
  }
  line.submit(logger, level, id);
}

// How a macro's call is formatted. A format that does not fit its arguments is left to fmt, to
// complain.
enum class FormatWay : std::uint8_t { pieces, fields, compiled };
template <class Format, class... Args>
constexpr FormatWay format_way() noexcept {
  const fmt::string_view text{Format{}};
  if ((is_fast_argument<Args> && ...) &&
      split_format(text.data(), text.size()).fields == sizeof...(Args)) {
    return FormatWay::pieces;
  }
  return can_plan<std::remove_cvref_t<Passed<Args>>...>({text.data(), text.size()})
             ? FormatWay::fields
             : FormatWay::compiled;
}

}  // namespace lathe

#pragma GCC visibility pop
