// SPDX-License-Identifier: MIT
//
// A macro's format whose fields have specifications ("{:>8}", "{:.3f}"): parsed by fmt when the
// call is compiled, and kept as data, so that calls with the same kinds of arguments share the
// code. Programs name nothing of this.

#pragma once

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <lathe/fast_format.hpp>

#pragma GCC visibility push(default)

namespace lathe {

// What fmt formats an argument as that came from pass_argument(); void for those that are left to
// fmt::format_to.
template <class T>
using FieldType = std::conditional_t<
    std::is_same_v<T, std::int64_t>, long long,
    std::conditional_t<
        std::is_same_v<T, std::uint64_t>, unsigned long long,
        std::conditional_t<
            std::is_same_v<T, std::string_view>, fmt::string_view,
            std::conditional_t<
                std::is_same_v<T, double> || std::is_same_v<T, float> || std::is_same_v<T, bool> ||
                    std::is_same_v<T, char>,
                T,
                std::conditional_t<std::is_same_v<T, void*> || std::is_same_v<T, const void*>,
                                   const void*, void>>>>>;

// Formats one argument; compiled once in the library, since this is most of fmt.
fmt::appender append_field(fmt::appender out, long long value,
                           const fmt::formatter<long long>& field);
fmt::appender append_field(fmt::appender out, unsigned long long value,
                           const fmt::formatter<unsigned long long>& field);
fmt::appender append_field(fmt::appender out, double value, const fmt::formatter<double>& field);
fmt::appender append_field(fmt::appender out, float value, const fmt::formatter<float>& field);
fmt::appender append_field(fmt::appender out, bool value, const fmt::formatter<bool>& field);
fmt::appender append_field(fmt::appender out, char value, const fmt::formatter<char>& field);
fmt::appender append_field(fmt::appender out, const void* value,
                           const fmt::formatter<const void*>& field);
fmt::appender append_field(fmt::appender out, fmt::string_view value,
                           const fmt::formatter<fmt::string_view>& field);

// Reads a format piece by piece.
class FormatScanner {
 public:
  enum class Piece : std::uint8_t {
    character,  // of a literal
    field,      // "{}" or "{:specification}"
    other,      // another kind of field, or an error: nothing can be read behind it
    end
  };

  constexpr explicit FormatScanner(std::string_view format) noexcept : left_(format) {}

  constexpr Piece next() noexcept {
    if (left_.empty()) return Piece::end;
    character_ = left_.front();
    if (character_ != '{' && character_ != '}') {
      left_.remove_prefix(1);
      return Piece::character;
    }
    if (left_.size() > 1 && left_[1] == character_) {
      left_.remove_prefix(2);
      return Piece::character;
    }
    const std::size_t end = left_.find('}');
    if (character_ == '}' || end == std::string_view::npos) return Piece::other;
    field_ = left_.substr(1, end - 1);
    if (field_.find('{') != std::string_view::npos) return Piece::other;  // a width from arguments
    if (!field_.empty() && field_.front() != ':') return Piece::other;    // a number or a name
    left_.remove_prefix(end + 1);
    return Piece::field;
  }

  [[nodiscard]] constexpr char character() const noexcept { return character_; }
  // What is between the braces.
  [[nodiscard]] constexpr std::string_view field() const noexcept { return field_; }

 private:
  std::string_view left_;
  std::string_view field_;
  char character_ = 0;
};

// Whether a format can be planned for so many arguments of such kinds.
template <class... Args>
constexpr bool can_plan(std::string_view format) noexcept {
  using Piece = FormatScanner::Piece;
  constexpr std::array<bool, sizeof...(Args) + 1> kIsText{is_text<Args>..., false};
  if ((std::is_void_v<FieldType<Args>> || ...) || format.size() > UINT16_MAX) return false;
  FormatScanner scanner(format);
  std::size_t fields = 0;
  Piece piece = scanner.next();
  for (; piece == Piece::character || piece == Piece::field; piece = scanner.next()) {
    if (piece == Piece::character) continue;
    // The address of a text, which is not passed on.
    if (fields == sizeof...(Args) || (kIsText[fields] && scanner.field().ends_with('p'))) {
      return false;
    }
    ++fields;
  }
  return piece == Piece::end && fields == sizeof...(Args);
}

template <class... Args>
struct FieldPlan {
  const char* literals = nullptr;  // all of them, one after the other
  std::array<std::uint16_t, sizeof...(Args) + 1> lengths{};
  std::array<bool, sizeof...(Args) + 1> is_plain{};  // "{}"
  std::tuple<fmt::formatter<FieldType<Args>>...> fields;
};

// The literals of a format, without what is doubled in it.
template <class Format>
inline constexpr auto kLiterals = [] {
  constexpr fmt::string_view kText{Format{}};
  std::array<char, kText.size() + 1> literals{};
  FormatScanner scanner({kText.data(), kText.size()});
  std::size_t bytes = 0;
  for (FormatScanner::Piece piece = scanner.next(); piece != FormatScanner::Piece::end;
       piece = scanner.next()) {
    if (piece == FormatScanner::Piece::character) literals[bytes++] = scanner.character();
  }
  return literals;
}();

// Has fmt parse one specification. One that makes no sense is an error of the compiler's here.
template <class T>
constexpr void parse_field(fmt::formatter<T>& formatter, std::string_view field) {
  if (field.empty()) return;
  // From behind the colon; fmt looks for the brace.
  fmt::format_parse_context context({field.data() + 1, field.size()});
  if (formatter.parse(context) != field.data() + field.size()) {
    throw fmt::format_error("invalid format specifier");
  }
}

template <class... Args>
constexpr FieldPlan<Args...> plan_fields(std::string_view format, const char* literals) {
  FieldPlan<Args...> plan;
  plan.literals = literals;
  std::array<std::string_view, sizeof...(Args) + 1> found{};
  FormatScanner scanner(format);
  std::size_t index = 0;
  for (FormatScanner::Piece piece = scanner.next(); piece != FormatScanner::Piece::end;
       piece = scanner.next()) {
    if (piece == FormatScanner::Piece::character) {
      ++plan.lengths[index];
    } else {
      found[index] = scanner.field();
      plan.is_plain[index] = scanner.field().empty();
      ++index;
    }
  }
  [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
    (parse_field(std::get<kIndex>(plan.fields), found[kIndex]), ...);
  }
  (std::index_sequence_for<Args...>{});
  return plan;
}

template <class Format, class... Args>
inline constexpr FieldPlan<Args...> kFieldPlan = [] {
  constexpr fmt::string_view kText{Format{}};
  return plan_fields<Args...>({kText.data(), kText.size()}, kLiterals<Format>.data());
}();

// Formats all arguments. Throws what fmt throws: std::bad_alloc.
template <class Buffer, class Plan, class... Values>
void append_fields(Buffer& out, const Plan& plan, const Values&... values) {
  const char* literal = plan.literals;
  std::size_t index = 0;
  const auto append_literal = [&] {
    if (const std::size_t length = plan.lengths[index]; length != 0) {
      out.append(literal, literal + length);
      literal += length;
    }
  };
  const auto append_one = [&]<class T>(const auto& field, const T& value) {
    append_literal();
    if constexpr (is_fast_argument<T>) {
      if (plan.is_plain[index++]) {
        const std::size_t start = out.size();
        const std::size_t bytes = argument_bytes(value);
        out.resize(start + bytes);
        const char* const end = write_argument(out.data() + start, value, bytes);
        out.resize(static_cast<std::size_t>(end - out.data()));
        return;
      }
    } else {
      ++index;
    }
    append_field(fmt::appender(out), value, field);
  };
  std::apply([&](const auto&... fields) { (append_one(fields, values), ...); }, plan.fields);
  append_literal();
}

}  // namespace lathe

#pragma GCC visibility pop
