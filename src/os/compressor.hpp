// SPDX-License-Identifier: MIT
//
// Compressor, Decompressor: streams of zlib and libzstd, each where lathe was built with it.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace lathe {

enum class Codec : std::uint8_t { gzip, zstd };

[[nodiscard]] bool is_built_in(Codec codec) noexcept;

// Threads: thread-compatible
class Compressor {
 public:
  virtual ~Compressor() = default;

  // Appends to `out` what there is by now of the packed form of `in`. Works in bounded memory.
  [[nodiscard]] virtual std::error_code add(std::string_view in, std::string& out) = 0;

  // Appends the rest, with the checksum. Once, at the end.
  [[nodiscard]] virtual std::error_code finish(std::string& out) = 0;
};

// Threads: thread-compatible
class Decompressor {
 public:
  virtual ~Decompressor() = default;

  // Appends to `out` what `in` unpacks to. errc::illegal_byte_sequence if it is damaged. `in`
  // should be small (64 KiB): what it unpacks to is all in `out`.
  [[nodiscard]] virtual std::error_code add(std::string_view in, std::string& out) = 0;

  // True if the packed form was complete, checksum included.
  [[nodiscard]] virtual bool is_complete() const noexcept = 0;
};

// Null if not built in. Throw std::bad_alloc.
[[nodiscard]] std::unique_ptr<Compressor> make_compressor(Codec codec);
[[nodiscard]] std::unique_ptr<Decompressor> make_decompressor(Codec codec);

}  // namespace lathe
