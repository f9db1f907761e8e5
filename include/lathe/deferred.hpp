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
inline constexpr bool is_deferrable =
    std::is_arithmetic_v<T> || std::is_enum_v<T> || std::is_same_v<T, void*> ||
    std::is_same_v<T, const void*> || std::is_null_pointer_v<T>;
template <class Rep, class Period>
inline constexpr bool is_deferrable<std::chrono::duration<Rep, Period>> = true;

// Packing of one argument, as pass_argument() makes it: `Stored` is what the formatter gets back.
template <class T>
struct Packed {
  static_assert(std::is_trivially_copyable_v<T>, "is_deferrable needs a trivially copyable type");
  using Stored = T;
  static constexpr std::size_t kFixedBytes = sizeof(T);
  static std::size_t extra_bytes(const T&) noexcept { return 0; }
  static std::byte* write(std::byte* out, const T& value) noexcept {
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
    if constexpr (std::is_same_v<T, bool>) {
      return bytes[0] != std::byte{0};  // of a damaged spool it may be any byte
    } else {
      return __builtin_bit_cast(T, bytes);
    }
  }
};

template <>
struct Packed<std::string_view> {
  using Stored = fmt::string_view;
  static constexpr std::size_t kFixedBytes = sizeof(std::uint32_t);
  static std::size_t extra_bytes(std::string_view text) noexcept { return text.size(); }
  static std::byte* write(std::byte* out, std::string_view text) noexcept {
    const auto length = static_cast<std::uint32_t>(text.size());
    std::memcpy(out, &length, sizeof(length));
    if (length != 0) {
      std::memcpy(out + sizeof(length), text.data(), length);
    }
    return out + sizeof(length) + length;
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

// Formats arguments with nothing but plain fields between literals.
template <class... Args>
void append_pieces(fmt::memory_buffer& out, const FormatPieces& format, const Args&... args) {
  const std::array<std::size_t, sizeof...(Args) + 1> bytes{argument_bytes(args)...,
                                                           FormatPieces::kBlockBytes};
  std::size_t room = format.literal_bytes;
  for (const std::size_t each : bytes) {
    room += each;
  }
  const std::size_t start = out.size();
  out.resize(start + room);
  const char* end = write_pieces(out.data() + start, format, bytes, args...);
  out.resize(static_cast<std::size_t>(end - out.data()));
}

// The DecodeFunction of all calls with the same kinds of arguments, as pass_argument() makes them.
template <class... Args>
void decode([[maybe_unused]] const std::byte* payload,
            [[maybe_unused]] const std::byte* payload_end, const FormatPieces& format,
            fmt::memory_buffer& out) {
  // A braced list is evaluated from left to right, as the arguments lie.
  const std::tuple<typename Packed<Args>::Stored...> values{
      Packed<Args>::read(payload, payload_end)...};
  std::apply(
      [&](const auto&... stored) {
        if constexpr ((is_fast_argument<std::remove_cvref_t<decltype(stored)>> && ...)) {
          if (format.fields == sizeof...(Args)) {
            append_pieces(out, format, stored...);
            return;
          }
        }
        lathe::append_formatted(out, format.view(), fmt::make_format_args(stored...));
      },
      values);
}

// The same for macro calls whose fields have specifications.
template <class... Args>
void decode_fields([[maybe_unused]] const std::byte* payload,
                   [[maybe_unused]] const std::byte* payload_end, const FieldPlan<Args...>& plan,
                   fmt::memory_buffer& out) {
  const std::tuple<typename Packed<Args>::Stored...> values{
      Packed<Args>::read(payload, payload_end)...};
  std::apply([&](const auto&... stored) { lathe::append_fields(out, plan, stored...); }, values);
}

// The DecodeFunction of a macro's call that is not plain: its format is part of the type.
template <FormatWay kWay, class Format, class... Args>
void decode_macro([[maybe_unused]] const std::byte* payload,
                  [[maybe_unused]] const std::byte* payload_end, const FormatPieces&,
                  fmt::memory_buffer& out) {
  if constexpr (kWay == FormatWay::fields) {
    decode_fields<Args...>(payload, payload_end, kFieldPlan<Format, Args...>, out);
  } else {
    const std::tuple<typename Packed<Args>::Stored...> values{
        Packed<Args>::read(payload, payload_end)...};
    std::apply(
        [&](const auto&... stored) { fmt::format_to(fmt::appender(out), Format{}, stored...); },
        values);
  }
}

// Packs the arguments from `out` on.
template <class... Args>
void write_packed([[maybe_unused]] std::byte* out, const Args&... args) noexcept {
  ((out = Packed<Args>::write(out, args)), ...);
}

// Bytes of a packed record, or kTooLong if its text is too long for the stack. Every length is
// taken once before, by pass_argument(): another thread may change the text under our hands.
template <class... Args>
struct PackedRecord {
  static constexpr std::size_t kFixedBytes =
      sizeof(RecordHeader) + (std::size_t{0} + ... + Packed<Args>::kFixedBytes);
  // About the length where copying costs as much as formatting.
  static constexpr std::size_t kTextBytesMax = (is_text<Args> || ...) ? 1024 : 0;

  [[nodiscard]] static std::size_t size_bytes(const Args&... args) noexcept {
    std::size_t text_bytes = 0;
    bool is_short = true;
    [[maybe_unused]] const auto add = [&](std::size_t bytes) {
      is_short = is_short && bytes <= kTextBytesMax - text_bytes;
      text_bytes += bytes;
    };
    (add(Packed<Args>::extra_bytes(args)), ...);
    return is_short ? kFixedBytes + text_bytes : kTooLong;
  }
};

// Where log_packed() finds no way.
template <class... Args>
[[gnu::noinline, gnu::cold]] void log_packed_slow(LoggerState& logger, Level level,
                                                  const Site& site, Args... args) noexcept {
  using Shape = PackedRecord<std::remove_cvref_t<Args>...>;
  std::uint32_t id = site.id.load(std::memory_order_acquire);  // A:I
  if (id == 0) {
    id = lathe::register_site(site, &decode<std::remove_cvref_t<Args>...>);
  }
  const std::size_t size = Shape::size_bytes(args...);
  if (id <= kUnknownSite || size == kTooLong) {
    lathe::log_text(logger, level, site, fmt::make_format_args(args...));
    return;
  }
  alignas(8) std::byte record[Shape::kFixedBytes + Shape::kTextBytesMax + kRecordPadding];
  const RecordHeader header{.size_bytes = static_cast<std::uint32_t>(size),
                            .site = id,
                            .stamp = 0,
                            .logger = 0,
                            .level = level,
                            .kind = RecordKind::packed,
                            .unused = 0};
  std::memcpy(record, &header, sizeof(header));
  lathe::write_packed<std::remove_cvref_t<Args>...>(record + sizeof(header), args...);
  submit(logger, record, size);
}

// Between the two: looks at the queue's limit. Not far from log_packed(), and small: see
// renew_limit().
template <class... Args>
[[gnu::noinline]] void log_packed_renewed(LoggerState& logger, Level level, const Site& site,
                                          Args... args) noexcept;

// Packs the arguments behind a header, right in the queue. One for all calls with the same kinds of
// arguments, as pass_argument() makes them: by value, so that they stay in registers.
template <class... Args>
[[gnu::noinline]] void log_packed(LoggerState& logger, Level level, const Site& site,
                                  Args... args) noexcept {
  const std::uint32_t id = site.id.load(std::memory_order_acquire);  // A:I
  const std::size_t size = PackedRecord<std::remove_cvref_t<Args>...>::size_bytes(args...);
  QueueFront* const queue =
      id <= kUnknownSite || size == kTooLong ? nullptr : find_room(logger, level, size);
  if (queue == nullptr) [[unlikely]] {
    lathe::log_packed_renewed<Args...>(logger, level, site, args...);
    return;
  }
  lathe::write_packed<std::remove_cvref_t<Args>...>(queue->next + sizeof(RecordHeader), args...);
  submit_in_place(logger, *queue, size, id, level, RecordKind::packed);
}

template <class... Args>
void log_packed_renewed(LoggerState& logger, Level level, const Site& site, Args... args) noexcept {
  const std::size_t size = PackedRecord<std::remove_cvref_t<Args>...>::size_bytes(args...);
  if (site.id.load(std::memory_order_relaxed) > kUnknownSite &&  // log_packed() acquires it
      size != kTooLong && renew_room(logger, level, size)) {
    lathe::log_packed<Args...>(logger, level, site, args...);
  } else {
    lathe::log_packed_slow<Args...>(logger, level, site, args...);
  }
}

// The same for a function's call whose format is a constant.
template <class... Args>
[[gnu::noinline]] void log_lasting(LoggerState& logger, Level level, const char* path,
                                   unsigned line, fmt::string_view format, Args... args) noexcept {
  const Site& site = lathe::find_site(path, line, &decode<std::remove_cvref_t<Args>...>, format);
  if (site.id.load(std::memory_order_relaxed) > kUnknownSite) [[likely]] {  // see find_site
    lathe::log_packed<Args...>(logger, level, site, args...);
  } else {
    lathe::log_text(logger, level, path, line, format, fmt::make_format_args(args...));
  }
}

}  // namespace lathe

#pragma GCC visibility pop
