// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "queue/site_registry.hpp"

namespace lathe {
namespace {

void decode_nothing(const std::byte*, const std::byte*, const FormatPieces&, fmt::memory_buffer&) {}

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

TEST(SiteRegistryTest, FindsTheSamePlaceOfAFunctionCallAgain) {
  const char* const path = "src/found.cpp";
  const char* const format = "x={}";
  const Site& site = find_site(path, 3, nullptr, format);
  EXPECT_EQ(site.path, std::string("src/found.cpp"));
  EXPECT_EQ(site.line, 3U);
  EXPECT_EQ(site.format.view(), fmt::string_view("x={}"));
  EXPECT_GT(site.id.load(), kUnknownSite);
  EXPECT_EQ(&find_site(path, 3, nullptr, format), &site);
  EXPECT_NE(&find_site(path, 4, nullptr, format), &site);
  EXPECT_NE(&find_site(path, 3, &decode_nothing, format), &site);
}

// As a plug-in's that was built anew and loaded in the place of the old one.
TEST(SiteRegistryTest, NoticesAnotherFormatAtTheAddressOfARememberedOne) {
  char format[] = "took {} us";
  const Site& old_site = find_site("src/plug-in.cpp", 5, nullptr, format);
  EXPECT_EQ(old_site.format.view(), fmt::string_view("took {} us"));
  std::memcpy(format, "took {} ms", sizeof(format));
  const Site& new_site = find_site("src/plug-in.cpp", 5, nullptr, format);
  EXPECT_EQ(new_site.format.view(), fmt::string_view("took {} ms"));
  EXPECT_EQ(old_site.format.view(), fmt::string_view("took {} us"));
}

TEST(SiteRegistryTest, NoticesAnotherPathAtTheAddressOfARememberedOne) {
  char path[] = "src/plug_a.cpp";
  EXPECT_EQ(find_site(path, 6, nullptr, "x").path, std::string("src/plug_a.cpp"));
  std::memcpy(path, "src/plug_b.cpp", sizeof(path));
  EXPECT_EQ(find_site(path, 6, nullptr, "x").path, std::string("src/plug_b.cpp"));
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
