// SPDX-License-Identifier: MIT

#include "os/zstd_compressor.hpp"

#include <zstd.h>
#include <zstd_errors.h>

#include <new>
#include <vector>

namespace lathe {
namespace {

constexpr int kZstdLevel = 3;                       // libzstd's own choice: a window of 2 MiB
constexpr std::size_t kZstdChunkBytes = 16 * 1024;  // arbitrary: few appends, little memory

struct Free {
  void operator()(ZSTD_CCtx* context) const noexcept { (void)::ZSTD_freeCCtx(context); }
  void operator()(ZSTD_DCtx* context) const noexcept { (void)::ZSTD_freeDCtx(context); }
};

std::error_code to_error(std::size_t result, std::errc otherwise) noexcept {
  const bool no_memory = ::ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation;
  return std::make_error_code(no_memory ? std::errc::not_enough_memory : otherwise);
}

class ZstdCompressor final : public Compressor {
 public:
  ZstdCompressor() {
    if (context_ == nullptr) throw std::bad_alloc();
    // Neither can fail: both are within the bounds of every version.
    (void)::ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kZstdLevel);
    (void)::ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
  }

  [[nodiscard]] std::error_code add(std::string_view in, std::string& out) override {
    ZSTD_inBuffer input{.src = in.data(), .size = in.size(), .pos = 0};
    while (input.pos < input.size) {
      const std::size_t left = pump(ZSTD_e_continue, input, out);
      if (::ZSTD_isError(left) != 0) return to_error(left, std::errc::invalid_argument);
    }
    return {};
  }

  [[nodiscard]] std::error_code finish(std::string& out) override {
    ZSTD_inBuffer nothing{.src = nullptr, .size = 0, .pos = 0};
    for (;;) {
      const std::size_t left = pump(ZSTD_e_end, nothing, out);
      if (::ZSTD_isError(left) != 0) return to_error(left, std::errc::invalid_argument);
      if (left == 0) return {};
    }
  }

 private:
  std::size_t pump(ZSTD_EndDirective directive, ZSTD_inBuffer& in, std::string& out) {
    ZSTD_outBuffer chunk{.dst = chunk_.data(), .size = chunk_.size(), .pos = 0};
    const std::size_t left = ::ZSTD_compressStream2(context_.get(), &chunk, &in, directive);
    out.append(chunk_.data(), chunk.pos);
    return left;
  }

  std::unique_ptr<ZSTD_CCtx, Free> context_{::ZSTD_createCCtx()};
  std::vector<char> chunk_ = std::vector<char>(kZstdChunkBytes);
};

class ZstdDecompressor final : public Decompressor {
 public:
  ZstdDecompressor() {
    if (context_ == nullptr) throw std::bad_alloc();
  }

  [[nodiscard]] std::error_code add(std::string_view in, std::string& out) override {
    ZSTD_inBuffer input{.src = in.data(), .size = in.size(), .pos = 0};
    bool was_full = false;
    while (input.pos < input.size || was_full) {
      ZSTD_outBuffer chunk{.dst = chunk_.data(), .size = chunk_.size(), .pos = 0};
      const std::size_t left = ::ZSTD_decompressStream(context_.get(), &chunk, &input);
      if (::ZSTD_isError(left) != 0) return to_error(left, std::errc::illegal_byte_sequence);
      out.append(chunk_.data(), chunk.pos);
      is_complete_ = left == 0;
      // After the end of a frame another call would begin the next one, which may not be there.
      was_full = chunk.pos == chunk.size && !is_complete_;
    }
    return {};
  }

  [[nodiscard]] bool is_complete() const noexcept override { return is_complete_; }

 private:
  std::unique_ptr<ZSTD_DCtx, Free> context_{::ZSTD_createDCtx()};
  std::vector<char> chunk_ = std::vector<char>(kZstdChunkBytes);
  bool is_complete_ = false;
};

}  // namespace

std::unique_ptr<Compressor> make_zstd_compressor() { return std::make_unique<ZstdCompressor>(); }

std::unique_ptr<Decompressor> make_zstd_decompressor() {
  return std::make_unique<ZstdDecompressor>();
}

}  // namespace lathe
