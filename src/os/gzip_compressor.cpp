// SPDX-License-Identifier: MIT

#include "os/gzip_compressor.hpp"

#define ZLIB_CONST  // zlib then takes const input, as it should
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>
#include <vector>

namespace lathe {
namespace {

// zlib's largest window (32 KiB), plus 16: with the header and the checksum of gzip.
constexpr int kWindowBits = 15 + 16;
constexpr int kGzipLevel = 6;                       // zlib's own choice, and gzip's
constexpr int kMemoryLevel = 8;                     // zlib's own choice: 256 KiB in all
constexpr std::size_t kGzipChunkBytes = 16 * 1024;  // arbitrary: few appends, little memory

// Gives zlib as much of `in` as it can count, and takes that off.
void feed(z_stream& stream, std::string_view& in) noexcept {
  constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
  const std::size_t bytes = std::min(in.size(), kMost);
  stream.next_in = reinterpret_cast<const Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(bytes);
  in.remove_prefix(bytes);
}

// What zlib puts out, a chunk at a time.
class Chunk {
 public:
  void offer(z_stream& stream) noexcept {
    stream.next_out = bytes_.data();
    stream.avail_out = static_cast<uInt>(bytes_.size());
  }

  void append_to(std::string& out, const z_stream& stream) const {
    out.append(reinterpret_cast<const char*>(bytes_.data()), bytes_.size() - stream.avail_out);
  }

 private:
  std::vector<Bytef> bytes_ = std::vector<Bytef>(kGzipChunkBytes);
};

class GzipCompressor final : public Compressor {
 public:
  GzipCompressor() {
    if (::deflateInit2(&stream_, kGzipLevel, Z_DEFLATED, kWindowBits, kMemoryLevel,
                       Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~GzipCompressor() override { (void)::deflateEnd(&stream_); }  // unfinished is no error
  GzipCompressor(const GzipCompressor&) = delete;
  GzipCompressor& operator=(const GzipCompressor&) = delete;

  [[nodiscard]] std::error_code add(std::string_view in, std::string& out) override {
    while (!in.empty()) {
      feed(stream_, in);
      if (const auto error = pump(Z_NO_FLUSH, out)) return error;
    }
    return {};
  }

  [[nodiscard]] std::error_code finish(std::string& out) override {
    stream_.next_in = nullptr;
    stream_.avail_in = 0;
    return pump(Z_FINISH, out);
  }

 private:
  // Until zlib has room left over in a chunk: then it has nothing more to say.
  std::error_code pump(int flush, std::string& out) {
    do {
      chunk_.offer(stream_);
      // Z_BUF_ERROR: there was nothing to do.
      const int result = ::deflate(&stream_, flush);
      if (result == Z_STREAM_ERROR) return std::make_error_code(std::errc::invalid_argument);
      chunk_.append_to(out, stream_);
    } while (stream_.avail_out == 0);
    return {};
  }

  z_stream stream_{};
  Chunk chunk_;
};

class GzipDecompressor final : public Decompressor {
 public:
  GzipDecompressor() {
    if (::inflateInit2(&stream_, kWindowBits) != Z_OK) throw std::bad_alloc();
  }
  ~GzipDecompressor() override { (void)::inflateEnd(&stream_); }  // unfinished is no error
  GzipDecompressor(const GzipDecompressor&) = delete;
  GzipDecompressor& operator=(const GzipDecompressor&) = delete;

  [[nodiscard]] std::error_code add(std::string_view in, std::string& out) override {
    while (!in.empty()) {
      feed(stream_, in);
      if (const auto error = pump(out)) return error;
    }
    return {};
  }

  [[nodiscard]] bool is_complete() const noexcept override { return is_complete_; }

 private:
  std::error_code pump(std::string& out) {
    do {
      // A file may be several streams, one after another.
      if (is_complete_ && ::inflateReset(&stream_) != Z_OK) {
        return std::make_error_code(std::errc::invalid_argument);
      }
      is_complete_ = false;
      chunk_.offer(stream_);
      const int result = ::inflate(&stream_, Z_NO_FLUSH);
      if (result == Z_MEM_ERROR) return std::make_error_code(std::errc::not_enough_memory);
      // Z_BUF_ERROR: the last chunk was filled to its end, and nothing came after it.
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
        return std::make_error_code(std::errc::illegal_byte_sequence);
      }
      chunk_.append_to(out, stream_);
      is_complete_ = result == Z_STREAM_END;
    } while (stream_.avail_in != 0 || (stream_.avail_out == 0 && !is_complete_));
    return {};
  }

  z_stream stream_{};
  Chunk chunk_;
  bool is_complete_ = false;
};

}  // namespace

std::unique_ptr<Compressor> make_gzip_compressor() { return std::make_unique<GzipCompressor>(); }

std::unique_ptr<Decompressor> make_gzip_decompressor() {
  return std::make_unique<GzipDecompressor>();
}

}  // namespace lathe
