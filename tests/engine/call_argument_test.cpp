// SPDX-License-Identifier: MIT
//
// Arguments on their way through the code that calls share: none is taken for another, and none
// reaches its formatter as something else than it was.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <lathe/lathe.hpp>

#include "manual_backend.hpp"

// Functions of a program, by the names that lathe has, too.
namespace lathe_game {

struct Player {
  int id;
};
enum class Card { ace = 14 };

template <class... T>
const char* pass_argument(const T&...) {
  return "of the program";
}
template <class... T>
void log_text(const T&...) {}
template <class... T>
void log_compiled(const T&...) {}
template <class... T>
void write_packed(const T&...) {}
template <class... T>
void append_formatted(const T&...) {}

}  // namespace lathe_game

namespace lathe_test {

// What it prints tells whether it is the object itself.
struct Unmoved {
  const Unmoved* self = this;
};

}  // namespace lathe_test

template <>
inline constexpr bool lathe::is_deferrable<lathe_game::Player> = true;

template <>
struct fmt::formatter<lathe_game::Player> : fmt::formatter<int> {
  auto format(const lathe_game::Player& player, fmt::format_context& context) const {
    return fmt::format_to(context.out(), "player {}", player.id);
  }
};
template <>
struct fmt::formatter<lathe_game::Card> : fmt::formatter<int> {
  auto format(lathe_game::Card card, fmt::format_context& context) const {
    return fmt::format_to(context.out(), "card {}", static_cast<int>(card));
  }
};
template <>
struct fmt::formatter<lathe_test::Unmoved> : fmt::formatter<int> {
  auto format(const lathe_test::Unmoved& object, fmt::format_context& context) const {
    return fmt::format_to(context.out(), "{}", object.self == &object ? "itself" : "a copy");
  }
};

namespace lathe {
namespace {

using Texts = std::vector<std::string>;

class CallArgumentTest : public ::testing::Test {
 protected:
  Texts messages() {
    EXPECT_FALSE(manual_.backend->flush());
    return manual_.collected->messages();
  }

  ManualBackend manual_;
  Logger log_ = manual_.backend->logger("app");
};

TEST_F(CallArgumentTest, AreNotHandedToFunctionsOfTheProgramWithTheSameNames) {
  const lathe_game::Player player{7};
  LATHE_INFO(log_, "{}", player);
  LATHE_INFO(log_.deferred(), "{}", player);
  log_.info("{}", player);
  log_.deferred().info("{}", player);
  LATHE_INFO(log_, "{}", lathe_game::Card::ace);
  LATHE_INFO(log_.deferred(), "{}", lathe_game::Card::ace);
  log_.info("{}", lathe_game::Card::ace);
  log_.deferred().info("{}", lathe_game::Card::ace);
  Texts want(4, "player 7");
  want.insert(want.end(), 4, "card 14");
  EXPECT_EQ(messages(), want);
}

TEST_F(CallArgumentTest, ReachTheirFormattersThemselvesIfTheyAreObjects) {
  const lathe_test::Unmoved object;
  LATHE_INFO(log_, "{}", object);
  log_.info("{}", object);
  LATHE_INFO(log_.deferred(), "{}", object);
  EXPECT_EQ(messages(), Texts(3, "itself"));
}

TEST_F(CallArgumentTest, MayBeVolatile) {
  const volatile bool flag = true;
  const volatile char letter = 'c';
  const volatile int number = -5;
  LATHE_INFO(log_, "{} {} {}", flag, letter, number);
  LATHE_INFO(log_.deferred(), "{} {} {:>4}", flag, letter, number);
  EXPECT_EQ(messages(), (Texts{"true c -5", "true c   -5"}));
}

TEST_F(CallArgumentTest, MayBeTextWhoseAddressIsAsked) {
  const char* const text = "x";
  LATHE_INFO(log_, "{:p} {}", text, 1);
  EXPECT_EQ(messages(), Texts{fmt::format("{:p} {}", text, 1)});
}

// A byte of memory that nobody has set.
TEST_F(CallArgumentTest, ThatIsABoolOfAnyByteIsTrueOrFalse) {
  struct Flags {
    bool is_on;
  };
  for (const int byte : {0, 1, 2, 5, 255}) {
    Flags flags;
    std::memset(&flags, byte, sizeof(flags));
    LATHE_INFO(log_, "flag {} and {}", flags.is_on, 1);
    LATHE_INFO(log_.deferred(), "flag {} and {}", flags.is_on, 1);
    const std::string want = byte == 0 ? "flag false and 1" : "flag true and 1";
    EXPECT_EQ(messages(), Texts(2, want)) << byte;
    manual_.collected->kept.clear();
  }
}

TEST_F(CallArgumentTest, ThatIsABoolOfADamagedSpoolIsTrueOrFalse) {
  const std::string format = std::string("{} and {}") + std::string(FormatPieces::kBlockBytes, ' ');
  const FormatPieces pieces = split_format(format.data(), 9);
  for (const int byte : {2, 5, 255}) {
    std::byte payload[9] = {static_cast<std::byte>(byte)};
    fmt::memory_buffer out;
    decode<bool, std::int64_t>(payload, payload + sizeof(payload), pieces, out);
    EXPECT_EQ(fmt::to_string(out), "true and 0") << byte;
  }
}

TEST_F(CallArgumentTest, GoWithAFormatThatEndsWithoutANul) {
  static constexpr char kFormat[] = {'{', '}', ' ', 'i', 's', ' ', '{', '}', '!'};
  LATHE_INFO(log_, kFormat, 1, 2);
  LATHE_INFO(log_, kFormat, 3, 4);
  LATHE_INFO(log_.deferred(), kFormat, 5, 6);
  EXPECT_EQ(messages(), (Texts{"1 is 2!", "3 is 4!", "5 is 6!"}));
}

}  // namespace
}  // namespace lathe
