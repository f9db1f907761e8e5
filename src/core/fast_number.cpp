// SPDX-License-Identifier: MIT
//
// Doubles in their shortest form, quickly where they are short.

#include <fmt/compile.h>

#include <cmath>
#include <cstdint>
#include <cstring>

#include <lathe/fast_format.hpp>

namespace lathe {

namespace {

constexpr int kDecimals = 6;
constexpr double kScale = 1e6;
constexpr double kHalf = 0.5;
constexpr std::uint64_t kScaleInteger = 1'000'000;

// Digits behind the point, without trailing zeros. `fraction` is below 10^6 and not zero.
char* write_fraction(char* out, std::uint64_t fraction) noexcept {
  int digits = kDecimals;
  if (fraction % 1000 == 0) {  // most have few digits
    fraction /= 1000;
    digits -= 3;
  }
  while (fraction % 10 == 0) {
    fraction /= 10;
    --digits;
  }
  for (int i = digits - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + fraction % 10);
    fraction /= 10;
  }
  return out + digits;
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
      const std::uint64_t fraction = scaled % kScaleInteger;
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
