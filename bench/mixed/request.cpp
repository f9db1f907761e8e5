// SPDX-License-Identifier: MIT

#include "request.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstddef>
#include <random>

namespace lathe::bench {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;
constexpr std::uint64_t kFnvBasis = 14'695'981'039'346'656'037U;
constexpr std::uint64_t kFnvPrime = 1'099'511'628'211U;
constexpr std::size_t kOrderBytes = 90;
constexpr std::uint64_t kUsers = 50;
constexpr std::string_view kLineEnd = "\r\n";

// Returns what comes before `end` and moves `text` behind it; nothing if it is not there.
std::optional<std::string_view> take_until(std::string_view& text, std::string_view end) {
  const std::size_t place = text.find(end);
  if (place == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view taken = text.substr(0, place);
  text.remove_prefix(place + end.size());
  return taken;
}

// "user=" of "user=17&items=3"; 0 without one.
std::uint64_t user_of(std::string_view query) {
  constexpr std::string_view kUser = "user=";
  std::uint64_t user = 0;
  if (const std::size_t place = query.find(kUser); place != std::string_view::npos) {
    const std::string_view number = query.substr(place + kUser.size());
    std::from_chars(number.data(), number.data() + number.size(), user);
  }
  return user;
}

bool is_same_name(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) {
    return false;
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    // Names of fields are ASCII and mean the same in either case.
    if ((static_cast<unsigned char>(a[i]) | 0x20U) != (static_cast<unsigned char>(b[i]) | 0x20U)) {
      return false;
    }
  }
  return true;
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && text.front() == ' ') {
    text.remove_prefix(1);
  }
  while (!text.empty() && text.back() == ' ') {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

std::optional<RequestHead> parse_head(std::string_view text) {
  RequestHead head;
  std::optional<std::string_view> line = take_until(text, kLineEnd);
  if (!line) {
    return std::nullopt;
  }
  const auto method = take_until(*line, " ");
  const auto target = method ? take_until(*line, " ") : std::nullopt;
  if (!target || target->empty() || target->front() != '/' || *line != "HTTP/1.1") {
    return std::nullopt;
  }
  head.method = *method;
  const std::size_t mark = target->find('?');
  head.path = target->substr(0, mark);
  head.user = mark == std::string_view::npos ? 0 : user_of(target->substr(mark + 1));
  while ((line = take_until(text, kLineEnd)) && !line->empty()) {
    const auto name = take_until(*line, ":");
    if (!name) {
      return std::nullopt;
    }
    const std::string_view value = without_blanks(*line);
    if (is_same_name(*name, "host")) {
      head.host = value;
    } else if (is_same_name(*name, "connection")) {
      head.keeps_alive = !is_same_name(value, "close");
    }
  }
  return line ? std::optional(head) : std::nullopt;
}

std::string head_text(std::uint64_t number) {
  return fmt::format(
      "GET /orders/{}?user={}&items=3 HTTP/1.1\r\nHost: shop.example:8080\r\n"
      "User-Agent: mixed_bench/1.0\r\nAccept: application/json\r\nConnection: keep-alive\r\n\r\n",
      number % 1000, number % kUsers);
}

Handler::Handler(unsigned passes) : buffer_(kBufferBytes / sizeof(std::uint64_t)), passes_(passes) {
  std::mt19937_64 random(20261122);
  for (std::uint64_t& word : buffer_) {
    word = random();
  }
  while (orders_.size() < kOrderBytes + kUsers) {
    orders_ += "3 screws M4x20, 1 lathe tool, 2 drills; ";
  }
}

std::uint64_t Handler::hash(std::uint64_t number, const RequestHead& head) const {
  std::uint64_t hash = kFnvBasis ^ number ^ (head.user << 32U);
  for (unsigned pass = 0; pass < passes_; ++pass) {
    for (const std::uint64_t word : buffer_) {
      hash = (hash ^ word) * kFnvPrime;
    }
  }
  return hash;
}

std::string_view Handler::order_of(std::uint64_t user) const {
  return std::string_view(orders_).substr(user % kUsers, kOrderBytes);
}

}  // namespace lathe::bench
