// SPDX-License-Identifier: MIT
//
// Random numbers for property tests. The seed is printed with every failure, and can be set by the
// environment: LATHE_SEED=123 repeats a run.

#pragma once

#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace lathe {

class Random {
 public:
  Random() : seed_(choose_seed()), engine_(seed_) {}

  // For SCOPED_TRACE.
  [[nodiscard]] std::string seed_text() const { return "LATHE_SEED=" + std::to_string(seed_); }

  // Between two limits, both of them possible.
  template <typename Int>
  Int between(Int low, Int high) {
    return std::uniform_int_distribution<Int>(low, high)(engine_);
  }

  // A string of `size` bytes, each of them one of `alphabet`.
  std::string text(std::size_t size, const std::string& alphabet) {
    std::string text(size, '\0');
    for (char& c : text) c = alphabet[between<std::size_t>(0, alphabet.size() - 1)];
    return text;
  }

 private:
  static std::uint64_t choose_seed() {
    const char* const given = std::getenv("LATHE_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  }

  std::uint64_t seed_;
  std::mt19937_64 engine_;
};

}  // namespace lathe
