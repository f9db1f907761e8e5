// SPDX-License-Identifier: MIT

#include "os/compressor.hpp"

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>

#include "support/temp_dir.hpp"

namespace lathe {
namespace {

constexpr std::size_t kOddChunkBytes = 7'919;  // a prime: no multiple of any block inside

// The same bytes at every run.
std::string random_text(std::size_t bytes) {
  std::mt19937_64 random(42);  // NOLINT: the seed is part of the test
  std::string text(bytes, '\0');
  std::generate(text.begin(), text.end(), [&] { return static_cast<char>(random()); });
  return text;
}

std::string repeated(std::string_view line, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += line;
  return text;
}

class CompressorTest : public ::testing::TestWithParam<Codec> {
 protected:
  void SetUp() override {
    if (!is_built_in(GetParam())) GTEST_SKIP() << "not in this build";
  }

  static std::string pack(std::string_view text, std::size_t chunk_bytes = kOddChunkBytes) {
    const auto compressor = make_compressor(GetParam());
    std::string packed;
    for (std::size_t i = 0; i < text.size(); i += chunk_bytes) {
      EXPECT_FALSE(compressor->add(text.substr(i, chunk_bytes), packed));
    }
    EXPECT_FALSE(compressor->finish(packed));
    return packed;
  }

  struct Unpacked {
    std::string text = {};
    std::error_code error = {};
    bool is_complete = false;
  };

  static Unpacked unpack(std::string_view packed, std::size_t chunk_bytes = kOddChunkBytes) {
    const auto decompressor = make_decompressor(GetParam());
    Unpacked result;
    for (std::size_t i = 0; i < packed.size() && !result.error; i += chunk_bytes) {
      result.error = decompressor->add(packed.substr(i, chunk_bytes), result.text);
    }
    result.is_complete = decompressor->is_complete();
    return result;
  }
};

TEST_P(CompressorTest, UnpacksWhatItPacked) {
  struct Case {
    const char* name;
    std::string text;
  };
  constexpr std::size_t kLarge = 3 * 1024 * 1024 + 1;
  const Case cases[] = {
      {"nothing", ""},
      {"one byte", "x"},
      {"a line", "2026-11-22 13:50:33.000001 info  [7] app main.cpp:12 hello\n"},
      {"random", random_text(kLarge)},
      {"repeated", repeated("the same line again\n", kLarge)},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    const std::string packed = pack(c.text);

    const Unpacked unpacked = unpack(packed);

    EXPECT_FALSE(unpacked.error) << unpacked.error.message();
    EXPECT_TRUE(unpacked.is_complete);
    EXPECT_TRUE(unpacked.text == c.text);
  }
}

TEST_P(CompressorTest, UnpacksByteByByte) {
  const std::string text = repeated("the same line again\n", 100'000);

  const Unpacked unpacked = unpack(pack(text), 1);

  EXPECT_TRUE(unpacked.is_complete);
  EXPECT_TRUE(unpacked.text == text);
}

TEST_P(CompressorTest, MakesRepetitiveTextSmall) {
  const std::string text = repeated("the same line again\n", 1'000'000);
  EXPECT_LT(pack(text).size(), text.size() / 50);
}

TEST_P(CompressorTest, UnpacksStreamsThatFollowEachOther) {
  const Unpacked unpacked = unpack(pack("one ") + pack("") + pack("two"), 5);

  EXPECT_EQ(unpacked.text, "one two");
  EXPECT_TRUE(unpacked.is_complete);
}

TEST_P(CompressorTest, IsCompleteForNoBeginningOfAStream) {
  const std::string packed = pack(repeated("the same line again\n", 10'000));
  for (std::size_t bytes = 0; bytes < packed.size(); ++bytes) {
    const Unpacked unpacked = unpack(std::string_view(packed).substr(0, bytes));
    EXPECT_FALSE(unpacked.is_complete) << bytes << " of " << packed.size();
    EXPECT_FALSE(unpacked.error) << bytes << " of " << packed.size();
  }
}

// One bit anywhere. Some mean nothing (gzip's time and system, reserved ones of zstd): then the
// text is the same. What passes for complete is never another text.
TEST_P(CompressorTest, NoticesEveryBitThatIsDamaged) {
  const std::string text = random_text(200) + repeated("the same line again\n", 500);
  const std::string packed = pack(text);
  std::size_t noticed = 0;
  const std::size_t bits = packed.size() * 8;
  for (std::size_t bit = 0; bit < bits; ++bit) {
    std::string damaged = packed;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    const Unpacked unpacked = unpack(damaged);
    const bool is_noticed = unpacked.error || !unpacked.is_complete;
    noticed += is_noticed ? 1 : 0;
    EXPECT_TRUE(is_noticed || unpacked.text == text) << "bit " << bit;
    if (unpacked.error) {
      EXPECT_EQ(unpacked.error, std::errc::illegal_byte_sequence) << "bit " << bit;
    }
  }
  constexpr std::size_t kMeaninglessMax = 8 * 8;  // bits: gzip's flags, time, level and system
  EXPECT_GE(noticed + kMeaninglessMax, bits);
}

TEST_P(CompressorTest, RefusesWhatIsNoPackedForm) {
  for (const char* text : {"plain text, and a line of it\n", "\x1f\x8b\x07 not deflate"}) {
    EXPECT_EQ(unpack(text).error, std::errc::illegal_byte_sequence) << text;
  }
  EXPECT_EQ(unpack(pack("good") + "and then something else").error,
            std::errc::illegal_byte_sequence);
}

TEST_P(CompressorTest, NeedsNoMoreMemoryForMoreText) {
  constexpr std::size_t kChunkBytes = 64 * 1024;
  constexpr std::size_t kMemoryBytesMax = 16 * 1024 * 1024;
  const std::string chunk = random_text(kChunkBytes);
  const auto in_use = [] {
    const struct mallinfo2 info = ::mallinfo2();
    return info.uordblks + info.hblkhd;
  };
  const std::size_t before = in_use();
  const auto compressor = make_compressor(GetParam());
  std::size_t largest_bytes = 0;
  std::size_t memory_bytes = 0;
  for (int i = 0; i < 512; ++i) {  // 32 MiB
    std::string out;
    ASSERT_FALSE(compressor->add(chunk, out));
    largest_bytes = std::max(largest_bytes, out.size());
    memory_bytes = std::max(memory_bytes, in_use() - std::min(before, in_use()));
  }

  EXPECT_LT(largest_bytes, 8 * kChunkBytes);
  EXPECT_LT(memory_bytes, kMemoryBytesMax);  // 0 where a sanitizer has taken malloc's place
}

TEST_P(CompressorTest, MakesWhatTheCommandsUnpack) {
  const std::string command = GetParam() == Codec::gzip ? "zcat" : "zstdcat";
  if (std::system(("command -v " + command + " >/dev/null").c_str()) != 0) {
    GTEST_SKIP() << "no " << command;
  }
  const TempDir dir;
  const std::string text = repeated("the same line again\n", 300'000) + random_text(100'000);
  dir.write("packed", pack(text));

  const std::string run = command + " <'" + dir / "packed" + "' >'" + dir / "plain" + "'";
  ASSERT_EQ(std::system(run.c_str()), 0);

  EXPECT_TRUE(dir.read("plain") == text);
}

INSTANTIATE_TEST_SUITE_P(Codecs, CompressorTest, ::testing::Values(Codec::gzip, Codec::zstd),
                         [](const auto& parameter) {
                           return parameter.param == Codec::gzip ? "Gzip" : "Zstd";
                         });

TEST(CompressorBuildTest, MakesNothingThatIsNotBuiltIn) {
  for (const Codec codec : {Codec::gzip, Codec::zstd}) {
    EXPECT_EQ(make_compressor(codec) != nullptr, is_built_in(codec));
    EXPECT_EQ(make_decompressor(codec) != nullptr, is_built_in(codec));
  }
}

}  // namespace
}  // namespace lathe
