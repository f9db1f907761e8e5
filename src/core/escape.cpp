// SPDX-License-Identifier: MIT
//
// Copying text while looking for control characters, in blocks of 16 and words of 8 and 4 bytes.
// The blocks are vectors of the compiler's own (SSE2 on x86-64, NEON on aarch64), so that there is
// one source for all machines.

#include "core/escape.hpp"

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

namespace lathe {
namespace {

using Block [[gnu::vector_size(16)]] = unsigned char;

template <typename Word>
Word load(const char* from) noexcept {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

// Not zero in each byte that is a control character.
Block controls_of(Block block) noexcept {
  return reinterpret_cast<Block>((block < 0x20) | (block == 0x7f));
}

bool is_any_set(Block block) noexcept {
  const auto halves = std::bit_cast<std::array<std::uint64_t, 2>>(block);
  return (halves[0] | halves[1]) != 0;
}

// The usual tricks: bit 7 of x - n is set for a byte x below n, if it was not set before; borrows
// reach the next byte only where some byte is below n, so the answer for all of them is exact.
template <typename Word>
constexpr bool has_control(Word word) noexcept {
  constexpr Word kOnes = static_cast<Word>(~Word{0}) / 0xff;  // 0x01 in every byte
  const Word below_space = (word - kOnes * 0x20) & ~word;
  const Word flipped = word ^ (kOnes * 0x7f);  // a DEL becomes 0
  const Word deleted = (flipped - kOnes) & ~flipped;
  return ((below_space | deleted) & (kOnes * 0x80)) != 0;
}

char* escape_byte(char c, char* out) noexcept {
  if (!is_control(c)) {
    *out = c;
    return out + 1;
  }
  *out++ = '\\';
  if (c == '\n' || c == '\r' || c == '\t') {
    *out = c == '\n' ? 'n' : c == '\r' ? 'r' : 't';
    return out + 1;
  }
  constexpr char kDigits[] = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(c);
  out[0] = 'x';
  out[1] = kDigits[value >> 4];
  out[2] = kDigits[value & 0xf];
  return out + 3;
}

char* escape_bytes(const char* from, const char* end, char* out) noexcept {
  while (from != end) out = escape_byte(*from++, out);
  return out;
}

// Text of sizeof(Word) to 2 * sizeof(Word) bytes, as two words that may overlap.
template <typename Word>
char* copy_two_words(std::string_view text, char* out) noexcept {
  const char* const end = text.data() + text.size();
  const auto first = load<Word>(text.data());
  const auto last = load<Word>(end - sizeof(Word));
  if (has_control(first) || has_control(last)) [[unlikely]] {
    return escape_bytes(text.data(), end, out);
  }
  std::memcpy(out, &first, sizeof first);
  std::memcpy(out + text.size() - sizeof last, &last, sizeof last);
  return out + text.size();
}

char* copy_short(std::string_view text, char* out) noexcept {
  if (text.size() >= 8) return copy_two_words<std::uint64_t>(text, out);
  if (text.size() >= 4) return copy_two_words<std::uint32_t>(text, out);
  return escape_bytes(text.data(), text.data() + text.size(), out);
}

// Text of up to this many bytes is copied as if there were nothing to escape, and looked at as a
// whole.
constexpr std::size_t kStretchBytes = 4 * sizeof(Block);

// Copies `size` bytes, a multiple of a block's, and returns the controls in them.
Block copy_blocks(const char* from, std::size_t size, char* out) noexcept {
  Block controls{};
  for (std::size_t i = 0; i < size; i += sizeof(Block)) {
    const auto block = load<Block>(from + i);
    std::memcpy(out + i, &block, sizeof block);
    controls |= controls_of(block);
  }
  return controls;
}

}  // namespace

char* copy_escaped(std::string_view text, char* out) noexcept {
  if (text.size() < sizeof(Block)) return copy_short(text, out);
  const char* from = text.data();
  const char* const end = from + text.size();
  for (; static_cast<std::size_t>(end - from) >= kStretchBytes; from += kStretchBytes) {
    const Block controls = copy_blocks(from, kStretchBytes, out);
    out =
        is_any_set(controls) ? escape_bytes(from, from + kStretchBytes, out) : out + kStretchBytes;
  }
  const auto rest = static_cast<std::size_t>(end - from);
  const std::size_t whole = rest / sizeof(Block) * sizeof(Block);
  const Block controls = copy_blocks(from, whole, out);
  // What is left as the last 16 bytes of the text. If those are clean, so is the part of them that
  // was copied before: it is right in front, and is written once more.
  const auto last = load<Block>(end - sizeof(Block));
  if (is_any_set(controls | controls_of(last))) [[unlikely]]
    return escape_bytes(from, end, out);
  std::memcpy(out + rest - sizeof last, &last, sizeof last);
  return out + rest;
}

}  // namespace lathe
