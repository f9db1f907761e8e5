// SPDX-License-Identifier: MIT
//
// Every kind of argument of a deferred call is destroyed, or overwritten, right after the call.

#include <gtest/gtest.h>

#include <fmt/chrono.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <lathe/lathe.hpp>

#include "manual_backend.hpp"

namespace lathe_test {

enum Plain { plain_one = 1 };
enum class Scoped : std::uint8_t { two = 2 };

// Copied as bytes: opts in below.
struct Price {
  explicit Price(int ticks_) : ticks(ticks_) {}
  int ticks;
};

// Not safe to copy as bytes: what it points to dies with its owner.
struct Borrowed {
  const int* value;
};

}  // namespace lathe_test

template <>
inline constexpr bool lathe::is_deferrable<lathe_test::Price> = true;

template <>
struct fmt::formatter<lathe_test::Scoped> : fmt::formatter<int> {
  auto format(lathe_test::Scoped value, fmt::format_context& context) const {
    return fmt::formatter<int>::format(static_cast<int>(value), context);
  }
};
template <>
struct fmt::formatter<lathe_test::Price> : fmt::formatter<int> {
  auto format(const lathe_test::Price& price, fmt::format_context& context) const {
    return fmt::format_to(context.out(), "{}.{:02}", price.ticks / 100, price.ticks % 100);
  }
};
template <>
struct fmt::formatter<lathe_test::Borrowed> : fmt::formatter<int> {
  auto format(const lathe_test::Borrowed& borrowed, fmt::format_context& context) const {
    return fmt::formatter<int>::format(*borrowed.value, context);
  }
};

namespace lathe {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

static_assert(can_defer<int, double, bool, char, long double, lathe_test::Plain, const void*>);
static_assert(can_defer<std::string, std::string_view, const char*, char[8], lathe_test::Price>);
static_assert(can_defer<std::chrono::milliseconds>);
static_assert(!can_defer<std::vector<int>>);
static_assert(!can_defer<int, lathe_test::Borrowed>);
static_assert(!can_defer<std::optional<int>>);

class DeferredTest : public ::testing::Test {
 protected:
  std::string only_message() {
    EXPECT_FALSE(manual_.backend->flush());
    const Texts texts = manual_.collected->messages();
    EXPECT_EQ(texts.size(), 1U);
    manual_.collected->kept.clear();
    return texts.empty() ? "" : texts.front();
  }

  // Logs a copy of `value` by macro and by function, destroys the copy, and formats then.
  template <class T>
  void expect_same(T value, const std::string& want) {
    auto copy = std::make_unique<T>(value);
    LATHE_INFO(log_.deferred(), "<{}>", *copy);
    copy.reset();
    EXPECT_EQ(only_message(), want);
    copy = std::make_unique<T>(value);
    log_.deferred().info("<{}>", *copy);
    copy.reset();
    EXPECT_EQ(only_message(), want);
  }

  ManualBackend manual_;
  Logger log_ = manual_.backend->logger("app");
};

TEST_F(DeferredTest, CopiesNumbers) {
  expect_same(true, "<true>");
  expect_same('c', "<c>");
  expect_same<signed char>(-5, "<-5>");
  expect_same<unsigned short>(65535, "<65535>");
  expect_same(-42, "<-42>");
  expect_same(std::numeric_limits<std::uint64_t>::max(), "<18446744073709551615>");
  expect_same(1.5F, "<1.5>");
  expect_same(-0.1, "<-0.1>");
  expect_same(2.25L, "<2.25>");
}

TEST_F(DeferredTest, CopiesEnumerationsPointersAndDurations) {
  expect_same(lathe_test::plain_one, "<1>");
  expect_same(lathe_test::Scoped::two, "<2>");
  expect_same(reinterpret_cast<const void*>(0x1234), "<0x1234>");
  expect_same(reinterpret_cast<void*>(0x1234), "<0x1234>");
  expect_same(250ms, "<250ms>");
}

TEST_F(DeferredTest, CopiesTypesThatOptIn) { expect_same(lathe_test::Price(1234), "<12.34>"); }

TEST_F(DeferredTest, CopiesTextOfEveryKindCharacterByCharacter) {
  expect_same(std::string("a string on the heap, longer than a small one"),
              "<a string on the heap, longer than a small one>");
  expect_same(std::string(), "<>");

  std::string source = "viewed text";
  LATHE_INFO(log_.deferred(), "<{}>", std::string_view(source));
  source.assign(source.size(), '#');
  EXPECT_EQ(only_message(), "<viewed text>");

  source = "viewed text";
  LATHE_INFO(log_.deferred(), "<{:>12}>", fmt::string_view(source));
  source.assign(source.size(), '#');
  EXPECT_EQ(only_message(), "< viewed text>");

  char array[16] = "in an array";
  LATHE_INFO(log_.deferred(), "<{}>", array);
  log_.deferred().info("<{}>", array);
  std::memset(array, '#', sizeof(array));
  EXPECT_FALSE(manual_.backend->flush());
  EXPECT_EQ(manual_.collected->messages(), (Texts{"<in an array>", "<in an array>"}));
  manual_.collected->kept.clear();

  auto heap = std::make_unique<char[]>(16);
  std::strcpy(heap.get(), "by pointer");
  const char* pointer = heap.get();
  char* mutable_pointer = heap.get();
  LATHE_INFO(log_.deferred(), "<{} {}>", pointer, mutable_pointer);
  heap.reset();
  EXPECT_EQ(only_message(), "<by pointer by pointer>");

  const char* null = nullptr;
  LATHE_INFO(log_.deferred(), "<{}>", null);
  EXPECT_EQ(only_message(), "<(null)>");
}

TEST_F(DeferredTest, CopiesTextWithNulBytesAndLongTextWhole) {
  expect_same(std::string("a\0b", 3), std::string("<a\0b>", 5));
  const std::string text(5000, 'l');
  expect_same(text, "<" + text + ">");
}

TEST_F(DeferredTest, FormatsAtTheCallWhatIsNotSafeToCopy) {
  expect_same(std::vector<int>{1, 2, 3}, "<[1, 2, 3]>");
  auto value = std::make_unique<int>(7);
  LATHE_INFO(log_.deferred(), "<{} {}>", 1, lathe_test::Borrowed{value.get()});
  *value = 0;
  value.reset();
  EXPECT_EQ(only_message(), "<1 7>");
}

TEST_F(DeferredTest, MixesAnyNumberOfArguments) {
  LATHE_INFO(log_.deferred(), "none");
  EXPECT_EQ(only_message(), "none");
  LATHE_INFO(log_.deferred(), "{} {:.3f} {:>5} {:x} {} {} {} {}", 1, 2.0, "abc", 255, 'c', true,
             std::string("s"), 10ULL);
  EXPECT_EQ(only_message(), "1 2.000   abc ff c true s 10");
  log_.deferred().info("{1} {0}", 1, "two");
  EXPECT_EQ(only_message(), "two 1");
}

TEST_F(DeferredTest, HasAllLevelsAndTellsWhereTheCallStands) {
  log_.set_level(Level::trace);
  log_.deferred().trace("0 {}", 0);
  log_.deferred().debug("1");
  log_.deferred().info("2");
  log_.deferred().warn("3");
  log_.deferred().error("4");
  log_.deferred().critical("5 {}", "x");
  const unsigned line = __LINE__ - 1;
  EXPECT_FALSE(manual_.backend->flush());
  const auto records = manual_.collected->records();
  ASSERT_EQ(records.size(), 6U);
  EXPECT_EQ(records[0].level, Level::trace);
  EXPECT_EQ(records[5].level, Level::critical);
  EXPECT_EQ(records[5].line, line);
  EXPECT_EQ(records[5].file, "deferred_test.cpp");
}

TEST_F(DeferredTest, TwoCallsOnOneLineKeepTheirOwnFormats) {
  // clang-format off
  log_.deferred().info("a {}", 1); log_.deferred().info("b {}", 2);
  // clang-format on
  EXPECT_FALSE(manual_.backend->flush());
  EXPECT_EQ(manual_.collected->messages(), (Texts{"a 1", "b 2"}));
}

}  // namespace
}  // namespace lathe
