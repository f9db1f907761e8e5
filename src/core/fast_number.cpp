// SPDX-License-Identifier: MIT
//
// Doubles in their shortest form, quickly where they are short.

#include <fmt/compile.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

#include <lathe/fast_format.hpp>

namespace lathe {

namespace {

constexpr double kScale = 1e6;
constexpr double kHalf = 0.5;
constexpr std::uint64_t kScaleInteger = 1'000'000;

std::uint64_t digit_pair(std::uint32_t value) noexcept {
  std::uint16_t pair;
  std::memcpy(&pair, kDigitPairs.data() + 2 * std::size_t{value}, sizeof(pair));
  return pair;
}

// Digits behind the point, without trailing zeros. `fraction` is below 10^6 and not zero; 8 bytes
// are written. All six digits at once, without a branch on how many there are: in a log they differ
// from call to call.
char* write_fraction(char* out, std::uint32_t fraction) noexcept {
  static_assert(std::endian::native == std::endian::little);  // the first digit is the lowest byte
  const std::uint64_t digits = digit_pair(fraction / 10'000) |
                               digit_pair(fraction / 100 % 100) << 16 |
                               digit_pair(fraction % 100) << 32;
  std::memcpy(out, &digits, sizeof(digits));
  const std::uint64_t values = digits ^ 0x3030'3030'3030;  // of each digit; '0' is 0x30
  return out + (std::bit_width(values) + 7) / 8;
}

}  // namespace

// A double that is n / 10^6 for a whole n below 10^15 is written as that fraction. n and 10^6 are
// exact doubles and division rounds correctly, so n / 10^6 == value says that this decimal reads
// back as the value; and since no two decimals of up to 15 digits share a double, none that is
// shorter does. From 0.0001 on fmt writes no exponent, and below 10^9 n stays below 10^15.
char* write_double(char* out, double value) noexcept {
  const double magnitude = std::fabs(value);
  if (magnitude >= 0.0001 && magnitude < 1e9) {
    // Where adding a half rounds wrongly, the comparison below fails, and fmt does the work.
    const auto scaled = static_cast<std::uint64_t>(magnitude * kScale + kHalf);
    if (static_cast<double>(scaled) / kScale == magnitude) {
      *out = '-';
      out += value < 0 ? 1 : 0;
      out = write_unsigned(out, scaled / kScaleInteger);
      const auto fraction = static_cast<std::uint32_t>(scaled % kScaleInteger);
      if (fraction == 0) {
        return out;
      }
      *out++ = '.';
      return write_fraction(out, fraction);
    }
  }
  return fmt::format_to(out, FMT_COMPILE("{}"), value);
}

}  // namespace lathe
