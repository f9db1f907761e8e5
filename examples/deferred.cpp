// SPDX-License-Identifier: MIT
//
// The lowest latency: arguments are copied as bytes and formatted by the backend thread.

#include <lathe/lathe.hpp>

#include <cstdint>
#include <string>
#include <vector>

// A type of your own: its formatter reads nothing but the value, so it may run later.
struct Price {
  std::int64_t cents;
};
template <>
struct fmt::formatter<Price> : fmt::formatter<double> {
  auto format(Price price, format_context& context) const {
    return formatter<double>::format(static_cast<double>(price.cents) / 100, context);
  }
};
template <>
inline constexpr bool lathe::is_deferrable<Price> = true;

int main() {
  lathe::Backend backend{lathe::rotating_file_sink({.path = "logs/quotes.log"})};
  const auto log = backend.logger("quotes").deferred();

  for (int quantity = 1; quantity <= 5; ++quantity) {
    std::string symbol = "SYM" + std::to_string(quantity);
    LATHE_INFO(log, "{} px={:.2f} qty={}", symbol, Price{10'000 + quantity}, quantity);
    symbol = "gone";  // text is copied at the call: there is no lifetime rule to remember
  }

  // An argument that is not safe to copy is formatted at the call: slower, never wrong.
  LATHE_INFO(log, "filled {}", fmt::join(std::vector{3, 1, 2}, ", "));
}
