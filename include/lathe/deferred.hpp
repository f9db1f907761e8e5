// SPDX-License-Identifier: MIT
//
// Deferred records: arguments copied as bytes at the log call, formatted on the backend thread.

#pragma once

#include <fmt/compile.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <limits>
#include <new>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>

#include <lathe/fast_format.hpp>
#include <lathe/format.hpp>
#include <lathe/text_argument.hpp>

#pragma GCC visibility push(default)

namespace lathe {

// Whether a value may be copied as its bytes and formatted later, on another thread: true for
// numbers, enumerations, object pointers and durations. Opt in for a type of your own that is
// trivially copyable and whose formatter reads nothing but the value:
//
//   template <> inline constexpr bool lathe::is_deferrable<Price> = true;
template <class T>
inline constexpr bool is_deferrable = std::is_arithmetic_v<T> || std::is_enum_v<T> ||
                                      std::is_same_v<T, void*> || std::is_same_v<T, const void*>;
template <class Rep, class Period>
inline constexpr bool is_deferrable<std::chrono::duration<Rep, Period>> = true;

// Packing of one argument: `Stored` is what the formatter gets back.
template <class T>
struct Packed {
  static_assert(std::is_trivially_copyable_v<T>, "is_deferrable needs a trivially copyable type");
  using Stored = T;
  static constexpr std::size_t kFixedBytes = sizeof(T);
  static std::size_t extra_bytes(const T&) noexcept { return 0; }
  static std::byte* write(std::byte* out, const T& value, std::size_t) noexcept {
    std::memcpy(out, &value, sizeof(T));
    return out + sizeof(T);
  }
  static Stored read(const std::byte*& in, const std::byte* end) noexcept {
    // From bytes, since T need not have a default constructor; the copy starts its lifetime.
    std::array<std::byte, sizeof(T)> bytes;
    if (static_cast<std::size_t>(end - in) < sizeof(T)) [[unlikely]] {
      bytes.fill(std::byte{0});
      in = end;
    } else {
      std::memcpy(bytes.data(), in, sizeof(T));
      in += sizeof(T);
    }
    return __builtin_bit_cast(T, bytes);
  }
};

template <class T>
requires is_text<T>
struct Packed<T> {
  using Stored = fmt::string_view;
  static constexpr std::size_t kFixedBytes = sizeof(std::uint32_t);
  static std::size_t extra_bytes(const T& text) noexcept {
    return TextArgument<T>::size_bytes(text);
  }
  static std::byte* write(std::byte* out, const T& text, std::size_t extra_bytes) noexcept {
    const auto length = static_cast<std::uint32_t>(extra_bytes);
    std::memcpy(out, &length, sizeof(length));
    if (extra_bytes != 0) {
      std::memcpy(out + sizeof(length), TextArgument<T>::data(text), extra_bytes);
    }
    return out + sizeof(length) + extra_bytes;
  }
  static Stored read(const std::byte*& in, const std::byte* end) noexcept {
    std::uint32_t length;
    const auto room = static_cast<std::size_t>(end - in);
    if (room < sizeof(length)) [[unlikely]] {
      in = end;
      return {};
    }
    std::memcpy(&length, in, sizeof(length));
    length = static_cast<std::uint32_t>(std::min<std::size_t>(length, room - sizeof(length)));
    const char* text = reinterpret_cast<const char*>(in + sizeof(length));
    in += sizeof(length) + length;
    return {text, length};
  }
};

// True if a call with these arguments can be deferred; else it is formatted at the call.
template <class... Args>
inline constexpr bool can_defer = ((is_deferrable<Args> || is_text<Args>)&&...);

// The DecodeFunction of a macro's call: the format is part of the type.
template <class Format, class... Args>
void decode_compiled([[maybe_unused]] const std::byte* payload,
                     [[maybe_unused]] const std::byte* payload_end, fmt::string_view,
                     fmt::memory_buffer& out) {
  // A braced list is evaluated from left to right, as the arguments lie.
  const std::tuple<typename Packed<Args>::Stored...> values{
      Packed<Args>::read(payload, payload_end)...};
  std::apply(
      [&](const auto&... stored) {
        using Bytes = std::array<std::size_t, sizeof...(Args) + 1>;
        if constexpr (is_fast_call<Format, std::remove_cvref_t<decltype(stored)>...>) {
          const Bytes bytes{argument_bytes(stored)..., 0};
          std::size_t room = FormatText<Format>::kLiteralBytes;
          for (const std::size_t each : bytes) {
            room += each;
          }
          const std::size_t start = out.size();
          out.resize(start + room);
          const char* end = write_fast<Format>(out.data() + start, bytes, stored...);
          out.resize(static_cast<std::size_t>(end - out.data()));
        } else {
          fmt::format_to(fmt::appender(out), Format{}, stored...);
        }
      },
      values);
}

// The DecodeFunction of a function call: the format was registered with the site.
template <class... Args>
void decode_runtime([[maybe_unused]] const std::byte* payload,
                    [[maybe_unused]] const std::byte* payload_end, fmt::string_view format,
                    fmt::memory_buffer& out) {
  const std::tuple<typename Packed<Args>::Stored...> values{
      Packed<Args>::read(payload, payload_end)...};
  std::apply(
      [&](const auto&... stored) {
        fmt::vformat_to(fmt::appender(out), format, fmt::make_format_args(stored...));
      },
      values);
}

// Packs the arguments, whose text has `extra` bytes each, from `out` on.
template <class... Args>
void write_packed([[maybe_unused]] std::byte* out,
                  [[maybe_unused]] const std::array<std::size_t, sizeof...(Args) + 1>& extra,
                  const Args&... args) noexcept {
  [[maybe_unused]] std::size_t index = 0;
  ((out = Packed<Args>::write(out, args, extra[index++])), ...);
}

// How an argument is handed to a function that is hardly ever called: what fits into registers by
// value, so that the usual way need not have it in memory.
template <class T>
using ColdArgument =
    std::conditional_t<std::is_arithmetic_v<T> || std::is_pointer_v<T>, T, const T&>;

// A call that could have been deferred, formatted at once.
template <class... Args>
[[gnu::noinline, gnu::cold]] void log_text_copy(LoggerState& logger, Level level, Site& site,
                                                fmt::string_view format,
                                                ColdArgument<Args>... args) noexcept {
  log_text(logger, level, site, format, fmt::make_format_args(args...));
}

// Where the record cannot be written in place; see find_queue().
template <std::size_t kSizeMax, class... Args>
[[gnu::noinline, gnu::cold]] void submit_packed_copy(
    LoggerState& logger, const RecordHeader& header,
    const std::array<std::size_t, sizeof...(Args) + 1>& extra,
    ColdArgument<Args>... args) noexcept {
  alignas(8) std::byte record[kSizeMax + kRecordPadding];
  std::memcpy(record, &header, sizeof(header));
  write_packed<Args...>(record + sizeof(header), extra, args...);
  submit(logger, record, header.size_bytes);
}

// Packs the arguments behind a header and submits the record. Returns false, with nothing done, if
// their text is too long for the stack; the caller then formats it at the call. Inline in any case:
// a call would pass the arguments through memory, which are a third of the instructions.
template <class... Args>
[[nodiscard, gnu::always_inline]] inline bool submit_packed(LoggerState& logger, Level level,
                                                            std::uint32_t site,
                                                            const Args&... args) noexcept {
  constexpr std::size_t kFixed =
      sizeof(RecordHeader) + (std::size_t{0} + ... + Packed<Args>::kFixedBytes);
  // Text on the stack; about the length where copying costs as much as formatting.
  constexpr std::size_t kTextBytesMax = (is_text<Args> || ...) ? 1024 : 0;

  // Every length is taken once: another thread may change the text under our hands.
  const std::array<std::size_t, sizeof...(Args) + 1> extra{Packed<Args>::extra_bytes(args)..., 0};
  std::size_t extra_total = 0;
  for (const std::size_t bytes : extra) {
    if (bytes > kTextBytesMax - extra_total) [[unlikely]] {
      return false;
    }
    extra_total += bytes;
  }
  const std::size_t size = kFixed + extra_total;
  QueueFront* const queue = find_queue(logger, level, size);
  if (queue == nullptr) [[unlikely]] {
    submit_packed_copy<kFixed + kTextBytesMax, Args...>(
        logger, {static_cast<std::uint32_t>(size), site, 0, 0, level, RecordKind::packed, 0}, extra,
        args...);
    return true;
  }
  write_packed<Args...>(queue->next + sizeof(RecordHeader), extra, args...);
  submit_in_place(logger, *queue, size, site, level, RecordKind::packed);
  return true;
}

}  // namespace lathe

#pragma GCC visibility pop
