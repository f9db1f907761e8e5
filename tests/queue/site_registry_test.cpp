// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "queue/site_registry.hpp"

namespace lathe {
namespace {

void decode_nothing(const std::byte*, const std::byte*, fmt::string_view, fmt::memory_buffer&) {}

TEST(SiteRegistryTest, GivesOnePlaceOneNumber) {
  SiteRegistry& registry = SiteRegistry::instance();
  const std::uint32_t number = registry.add("src/a.cpp", 7, nullptr, {});
  EXPECT_EQ(registry.add("src/a.cpp", 7, nullptr, {}), number);
  EXPECT_NE(registry.add("src/a.cpp", 8, nullptr, {}), number);
  EXPECT_NE(registry.add("src/b.cpp", 7, nullptr, {}), number);
  EXPECT_NE(registry.add("src/a.cpp", 7, &decode_nothing, "x={}"), number);
}

TEST(SiteRegistryTest, KeepsCopiesOfTheTexts) {
  std::string path = "dir/plug-in.cpp";
  const std::uint32_t number = SiteRegistry::instance().add(path, 12, nullptr, {});
  path = "overwritten by something";
  const SiteEntry& entry = SiteRegistry::instance().entry(number);
  EXPECT_EQ(entry.source.path, "dir/plug-in.cpp");
  EXPECT_EQ(entry.source.file, "plug-in.cpp");
  EXPECT_EQ(entry.source.line, 12U);
}

TEST(SiteRegistryTest, EdgeIShowsAWholeEntryToWhoeverSeesItsNumber) {
  std::atomic<std::uint32_t> number{0};
  std::thread reader([&] {
    std::uint32_t last = 0;
    while (last != UINT32_MAX) {
      const std::uint32_t seen = number.load(std::memory_order_acquire);
      if (seen != last && seen != 0 && seen != UINT32_MAX) {
        EXPECT_EQ(SiteRegistry::instance().entry(seen).source.file, "edge.cpp");
      }
      last = seen;
    }
  });
  for (unsigned line = 1; line <= 1000; ++line) {
    number.store(SiteRegistry::instance().add("x/edge.cpp", line, nullptr, {}),
                 std::memory_order_release);
  }
  number.store(UINT32_MAX, std::memory_order_release);
  reader.join();
}

}  // namespace
}  // namespace lathe
